import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parseIdentifier } from '../../src/core/account/index.ts';
import { Metrics } from '../../src/metrics.ts';
import { operator } from '../support/operator.ts';
import { isStatement, Wiretap } from '../support/wiretap.ts';
import { type Bench, type BenchOptions, clientIn, email, HOUR, openBench } from './bench.ts';

const network = (index: number) => clientIn(`100.64.${index}.0`);
const phoneAt = (index: number) => parseIdentifier('phone', `+491711234${String(index).padStart(4, '0')}`);

const openWith = (t: TestContext, env: BenchOptions['env']) => openBench(t, { env: env ?? {} });

async function ask(bench: Bench, index: number, from = network(index)) {
  const permit = await bench.permit('message', from);
  const demand = { contract: bench.contract, permit, identifier: phoneAt(index), delivery: bench.code };
  await bench.auth.requestSignIn(demand);
}

async function signUp(bench: Bench, index: number, from = network(index)) {
  const permit = await bench.permit('message', from);
  const demand = { contract: bench.contract, permit, identifier: phoneAt(index), delivery: bench.code };
  await bench.auth.signUp({ ...demand, password: 'canary of the morning' });
}

/** How many of many requests at once were granted, and how the others were refused. */
async function tally(requests: readonly Promise<unknown>[]) {
  const counts: Record<string, number> = {};
  for (const result of await Promise.allSettled(requests)) {
    const outcome = result.status === 'fulfilled' ? 'granted' : (result.reason.code ?? String(result.reason));
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

const warnings = (bench: Bench): string[] =>
  bench
    .logged()
    .split('\n')
    .filter((line) => line.includes('sms_budget_used_up'));

test('an installation sends no more SMS in an hour than it is allowed, for whomever, and logs it once', async (t) => {
  const bench = await openWith(t, { LATCHKEY_SMS_PER_HOUR: '7' });
  await bench.admin.createAccount({ actor: operator, phone: phoneAt(1), isVerified: true });
  const requests = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? ask : signUp)(bench, index));
  assert.deepEqual(await tally(requests), { granted: 7, messages_unavailable: 23 });
  assert.equal(await bench.storage.outbox.countPending(), 7);
  for (const index of [1, 77]) {
    await assert.rejects(ask(bench, index, network(200)), {
      code: 'messages_unavailable',
      facts: { retryAfterMs: HOUR, reason: 'the SMS of this hour are used up' },
    });
  }
  assert.equal(warnings(bench).length, 1);
  assert.match(await new Metrics(bench).figures().inWords(), /^latchkey_sms_requested 7$/m);
  bench.clock.advance(HOUR);
  await ask(bench, 1, network(201));
  assert.equal(warnings(bench).length, 1);
});

test('mail is not counted among the SMS', async (t) => {
  const bench = await openWith(t, { LATCHKEY_SMS_PER_HOUR: '1', LATCHKEY_SMS_LIMIT: '1/1h' });
  await ask(bench, 1);
  await bench.auth.requestSignIn({
    ...{ contract: bench.contract, permit: await bench.permit('message', network(1)) },
    ...{ identifier: email('alice@example.com'), delivery: bench.code },
  });
});

test('one network asks for no more SMS than it is allowed, whatever their numbers, and takes nothing from the others', async (t) => {
  const bench = await openWith(t, { LATCHKEY_SMS_PER_HOUR: '10', LATCHKEY_SMS_LIMIT: '4/1h' });
  const pumping = Array.from({ length: 60 }, (_, index) =>
    (index % 2 === 0 ? ask : signUp)(bench, index, network(1)),
  );
  assert.deepEqual(await tally(pumping), { granted: 4, throttled: 56 });
  const others = Array.from({ length: 12 }, (_, index) => ask(bench, 100 + index));
  assert.deepEqual(await tally(others), { granted: 6, messages_unavailable: 6 });
});

// A refusal that comes after the count takes it back with it.
test('a message that is refused for its identifier is no SMS of the network or the installation', async (t) => {
  const bench = await openWith(t, { LATCHKEY_SMS_PER_HOUR: '4', LATCHKEY_SMS_LIMIT: '100/1h' });
  const again = Array.from({ length: 20 }, () => ask(bench, 1));
  assert.deepEqual(await tally(again), { granted: 3, throttled: 17 });
  await ask(bench, 2);
  await assert.rejects(ask(bench, 3), { code: 'messages_unavailable' });
});

test('a number of a country that no SMS goes to is refused as none, before anything is looked up', async (t) => {
  const bench = await openWith(t, { LATCHKEY_SMS_COUNTRIES: 'AT, +1' });
  const { admin, auth, contract } = bench;
  await admin.createAccount({ actor: operator, phone: phoneAt(1), isVerified: true });
  using wiretap = new Wiretap();
  const permit = await bench.permit('message');
  for (const identifier of [phoneAt(1), phoneAt(2)]) {
    const demand = { contract, permit, identifier, delivery: bench.code };
    wiretap.take();
    for (const request of [
      () => auth.requestSignIn(demand),
      () => auth.requestRecovery(demand),
      () => auth.resendSignUp(demand),
      () => auth.signUp({ ...demand, password: 'weak' }),
    ]) {
      await assert.rejects(request, (error: { code?: string; facts?: { kind?: string } }) => {
        assert.deepEqual([error.code, error.facts?.kind], ['identifier_invalid', 'phone']);
        return true;
      });
    }
    assert.deepEqual(wiretap.take().filter(isStatement), []);
  }
  for (const number of ['+4366412345678', '+14155552671', '+18765551234']) {
    const identifier = parseIdentifier('phone', number);
    await auth.requestSignIn({ contract, permit, identifier, delivery: bench.code });
  }
});
