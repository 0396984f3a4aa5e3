import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { AuthError } from '../../src/core/errors.ts';
import type { Client } from '../../src/core/throttle/index.ts';
import { operator } from '../support/operator.ts';
import { type Bench, clientIn, email, HOUR, openBench } from './bench.ts';

const ADDRESS = 'alice@example.com';
const identifier = email(ADDRESS);
const networks = ['198.51.100.0', '198.51.101.0', '198.51.102.0', '198.51.103.0'].map(clientIn);
const [here, there] = networks as [Client, Client];

/** A sign-up that waits for its confirmation, and a code of every purpose that it can have: fifteen tries. */
async function withCodes(t: TestContext): Promise<Bench> {
  const bench = await openBench(t);
  const { auth, contract } = bench;
  const demand = { contract, permit: await bench.permit('message', clientIn('192.0.2.0')), identifier };
  await auth.signUp({ ...demand, password: 'canary of the morning', delivery: bench.code });
  await auth.requestSignIn({ ...demand, delivery: bench.code });
  await auth.requestRecovery({ ...demand, delivery: bench.code });
  return bench;
}

const flows = ['confirmSignIn', 'confirmSignUp', 'confirmRecovery'] as const;

/** The code of the refusal of one guess. */
async function guess(bench: Bench, flow: (typeof flows)[number], client: Client, code: string) {
  const permit = await bench.permit('confirm', client);
  const answer = { contract: bench.contract, permit, identifier, code, newPassword: 'another passphrase' };
  try {
    await bench.auth[flow](answer);
    return 'right';
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    return error.code;
  }
}

/** How many guesses were compared with a code. */
async function comparedIn({ storage }: Bench): Promise<number> {
  const events = await storage.audit.list({ limit: 1_000 });
  return events.filter(({ type, detail }) => {
    const { open } = detail ?? {};
    return type === 'challenge_failed' && Number(open) > 0;
  }).length;
}

/** Six digits that no code of the bench has. */
async function wrongCode(bench: Bench): Promise<string> {
  const sent = new Set((await bench.messages()).map(bench.secretOf));
  return ['000000', '000001', '000002', '000003'].find((code) => !sent.has(code)) ?? assert.fail();
}

// SEC-009, SEC-018
for (const [name, from, budget] of [
  ['one network', [here], 5],
  ['two networks', [here, there], 10],
  ['four networks', networks, 10],
] as const) {
  test(`of parallel wrong codes for all purposes from ${name} ${budget} are compared in an hour`, async (t) => {
    const bench = await withCodes(t);
    const code = await wrongCode(bench);
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const [flow, client] = [flows[index % 3] ?? flows[0], from[index % from.length] ?? here];
        return guess(bench, flow, client, code);
      }),
    );
    assert.deepEqual(new Set(outcomes), new Set(['code_invalid', 'throttled']));
    assert.equal(await comparedIn(bench), budget);
  });
}

// SEC-018
test('a count that one counter refuses stays in none of the others, and takes no try from the code', async (t) => {
  const bench = await withCodes(t);
  const code = await wrongCode(bench);
  for (const flow of flows.slice(0, 2)) {
    for (const _ of [1, 2, 3]) await guess(bench, flow, here, code);
  }
  assert.equal(await comparedIn(bench), 5);
  for (const _ of Array.from({ length: 20 })) {
    assert.equal(await guess(bench, 'confirmRecovery', here, code), 'throttled');
  }
  for (const _ of [1, 2, 3, 4, 5]) {
    assert.equal(await guess(bench, 'confirmRecovery', there, code), 'code_invalid');
  }
  assert.equal(await comparedIn(bench), 10);
});

// SEC-013
test('a right code takes back its count, for the identifier and for the network', async (t) => {
  const bench = await openBench(t);
  await bench.createAccount(ADDRESS);
  const { auth, contract } = bench;
  // More than the network's five, in one hour; each time asked for from where messages are left.
  for (let turn = 0; turn < 8; turn += 1) {
    const permit = await bench.permit('message', networks[turn % 4]);
    await auth.requestSignIn({ contract, permit, identifier, delivery: bench.code });
    assert.equal(await guess(bench, 'confirmSignIn', here, await bench.secretFor(ADDRESS)), 'right');
  }
});

// SEC-004: a decoy is no list of who was asked for.
test('what is written for somebody without an account does not say who it is', async (t) => {
  const bench = await openBench(t);
  const { auth, contract, storage, core } = bench;
  for (const delivery of [bench.code, bench.link]) {
    await auth.requestRecovery({ contract, permit: await bench.permit('message'), identifier, delivery });
  }
  const kept = await storage.challenges.findByTarget('password_recovery', core.nameOf(ADDRESS));
  assert.deepEqual(kept.map(({ form }) => form).toSorted(), ['code', 'link']);
  for (const challenge of kept) assert.ok(!JSON.stringify(challenge).includes('alice'));
  assert.deepEqual(await storage.challenges.findByTarget('password_recovery', ADDRESS), []);
});

// SEC-006: a decoy is dead for every answer.
test('the right answer to a decoy is a wrong one', async (t) => {
  const bench = await openBench(t);
  const { auth, contract, storage, core } = bench;
  const entries: string[] = [];
  for (const delivery of [bench.code, bench.link]) {
    await auth.requestRecovery({ contract, permit: await bench.permit('message'), identifier, delivery });
  }
  // A recipient has one message under way at a time.
  const now = bench.clock.now();
  for (const _ of [1, 2]) {
    const [entry] = await storage.outbox.claim({ owner: 'test', now, leaseUntil: now + 1, limit: 1 });
    assert.ok(entry);
    entries.push(bench.secretOf(core.outbox.open(entry).payload));
    await storage.outbox.markSent(entry.id, now);
  }
  assert.equal(entries.length, 2);
  for (const secret of entries)
    assert.equal(await guess(bench, 'confirmRecovery', here, secret), 'code_invalid');
});

// SEC-013: whenever the reserve is used up, the newest link is good, however short links live.
test('the reserve of recovery links never counts for longer than a link works', async (t) => {
  const bench = await openBench(t);
  await bench.createAccount(ADDRESS);
  const { auth } = bench;
  const contract = { ...bench.contract, challengeMs: { ...bench.contract.challengeMs, link: HOUR / 6 } };
  const ask = async (client: Client) =>
    auth.requestRecovery({
      contract,
      permit: await bench.permit('message', client),
      identifier,
      delivery: bench.link,
    });
  for (let turn = 0; turn < 10; turn += 1) await ask(networks[turn % 4] ?? here);
  const newest = await bench.secretFor(ADDRESS);
  bench.clock.advance(HOUR / 6 - 1);
  for (const client of networks) {
    await assert.rejects(ask(client), { code: 'throttled', facts: { retryAfterMs: 1, reason: 'messages' } });
  }
  assert.equal(await guess({ ...bench, contract }, 'confirmRecovery', there, newest), 'right');
  bench.clock.advance(1);
  await ask(there);
});

// SEC-013
test('a link to the phone leaves the link to the mailbox, and the other way round', async (t) => {
  const bench = await openBench(t);
  const phone = { kind: 'phone', value: '+4917112345678', key: '+4917112345678' } as const;
  await bench.admin.createAccount({ actor: operator, email: identifier, phone, isVerified: true });
  const permit = await bench.permit('message');
  for (const [to, other] of [
    [identifier, phone],
    [phone, identifier],
  ] as const) {
    await bench.auth.requestRecovery({
      contract: bench.contract,
      permit,
      identifier: to,
      delivery: bench.link,
    });
    const token = await bench.secretFor(to.value);
    await bench.auth.requestRecovery({
      contract: bench.contract,
      permit,
      identifier: other,
      delivery: bench.link,
    });
    const answer = {
      contract: bench.contract,
      permit: await bench.permit('confirm'),
      identifier: to,
      code: token,
    };
    await bench.auth.confirmRecovery({ ...answer, newPassword: 'another passphrase' });
  }
});
