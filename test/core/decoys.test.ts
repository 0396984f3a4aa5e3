import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContactIdentifier } from '../../src/core/account/index.ts';
import { AuthError } from '../../src/core/errors.ts';
import { isStatement, Wiretap } from '../support/wiretap.ts';
import { email, HOUR, openBench } from './bench.ts';

// SEC-004
test('what is left in the outbox for a stranger waits, is due and expires like what is left for an account', async (t) => {
  const bench = await openBench(t);
  const { auth, contract, storage, core, clock } = bench;
  await bench.createAccount('alice@example.com', 'correct horse battery');
  const askFor = async (address: string) => {
    const permit = await bench.permit('message');
    await auth.requestSignIn({ contract, permit, identifier: email(address), delivery: bench.code });
    const now = clock.now();
    assert.equal(await storage.outbox.countPending(), 1);
    const [entry] = await storage.outbox.claim({ owner: 'test', now, leaseUntil: now + 1, limit: 5 });
    assert.ok(entry);
    await storage.outbox.markSent(entry.id, now);
    const message = core.outbox.open(entry).payload;
    return { entry: { ...entry, id: '', sealed: '' }, message: { ...message, to: '', code: '' } };
  };
  const [known, unknown] = [await askFor('alice@example.com'), await askFor('mallory@example.com')];
  assert.deepEqual(unknown.entry, known.entry);
  assert.deepEqual(unknown.message, { ...known.message, isDecoy: true });
});

/** What a request asks of the database, in its order: `select accounts`, by whichever of its keys. */
async function statementsOf(wiretap: Wiretap, request: () => Promise<unknown>): Promise<string[]> {
  wiretap.take();
  await request().catch((error: unknown) => {
    assert.ok(error instanceof AuthError, String(error));
  });
  return wiretap.take().filter(isStatement).map(kindOf);
}

function kindOf(sql: string): string {
  const [verb] = sql.split(' ');
  const [, table] = /(?:into|update|from) "(\w+)"/.exec(sql) ?? [];
  return `${verb} ${table}`;
}

/** What is asked for and answered with six digits, by its flow; each with somebody whom it is meant for. */
const demands = {
  'a sign-in': { ask: 'requestSignIn', confirm: 'confirmSignIn', isPending: false },
  'a recovery': { ask: 'requestRecovery', confirm: 'confirmRecovery', isPending: false },
  'a sign-up': { ask: 'resendSignUp', confirm: 'confirmSignUp', isPending: true },
} as const;

// SEC-004, SEC-006
for (const [what, { ask, confirm, isPending }] of Object.entries(demands)) {
  for (const form of ['code', 'link'] as const) {
    test(`${what} by ${form} asks the same of the database for a stranger as for an account, at each step`, async (t) => {
      const bench = await openBench(t);
      const { auth, contract } = bench;
      const known = email('alice@example.com');
      if (isPending) {
        await auth.signUp({
          ...{ contract, identifier: known, password: 'correct horse battery' },
          ...{ permit: await bench.permit('message'), delivery: bench.code },
        });
        // The code of the sign-up itself is over.
        bench.clock.advance(2 * HOUR);
      } else {
        await bench.createAccount(known.value, 'correct horse battery');
      }
      using wiretap = new Wiretap();
      // Caches that the first request of a kind fills are no subject here.
      const people = [email('warm@example.com'), known, email('mallory@example.com')];
      const request = async (identifier: ContactIdentifier) => {
        const permit = await bench.permit('message');
        await auth[ask]({ contract, permit, identifier, delivery: bench[form] });
      };
      const guess = async (identifier: ContactIdentifier, code: string) => {
        const permit = await bench.permit('confirm');
        await auth[confirm]({ contract, permit, identifier, code, newPassword: 'another passphrase' });
      };
      const steps: Record<string, (identifier: ContactIdentifier) => Promise<unknown>> = {
        'a guess before anything was asked for': (to) => guess(to, '000000'),
        'a token before anything was asked for': (to) => guess(to, 'no token'),
        'the demand': request,
        'the demand again': request,
        'a wrong code': (to) => guess(to, '000000'),
        'a wrong token': (to) => guess(to, 'no token'),
        'four more wrong codes': async (to) => {
          for (const _ of [1, 2, 3, 4]) await guess(to, '000000').catch(() => {});
        },
        'a guess at what five have killed': (to) => guess(to, '000000'),
        'one demand more': request,
        'a guess when the network has had its share': (to) => guess(to, '000000'),
        'one demand too many': request,
      };
      for (const [step, act] of Object.entries(steps)) {
        const heard: string[][] = [];
        for (const identifier of people) {
          heard.push(await statementsOf(wiretap, () => act(identifier)));
        }
        assert.ok((heard[1]?.length ?? 0) > 0, step);
        assert.deepEqual({ step, heard: heard[2] }, { step, heard: heard[1] });
      }
    });
  }
}
