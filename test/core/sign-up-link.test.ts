import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { email, HOUR, openBench } from './bench.ts';

const ADDRESS = 'alice@example.com';

/** A sign-up that waits for its link. */
async function pending(t: TestContext) {
  const bench = await openBench(t);
  const { auth, contract } = bench;
  const permit = await bench.permit('message');
  const identifier = email(ADDRESS);
  await auth.signUp({
    contract,
    permit,
    identifier,
    password: 'canary of the morning',
    delivery: bench.link,
  });
  const [message] = await bench.messages();
  assert.ok(message);
  const link = { contract, permit: await bench.permit('confirm'), token: bench.secretOf(message) };
  const account = await bench.storage.accounts.findByIdentifier(identifier);
  assert.ok(account);
  return { ...bench, link, account };
}

// SEC-019
test('of fifty parallel calls with one link, one activates', async (t) => {
  const { auth, storage, link, account } = await pending(t);
  const states = await Promise.all(Array.from({ length: 50 }, () => auth.confirmSignUpLink(link)));
  assert.deepEqual(states.toSorted(), ['open', ...Array.from({ length: 49 }, () => 'spent')]);
  const events = await storage.audit.list({ accountId: account.id, limit: 100 });
  assert.equal(events.filter(({ type }) => type === 'account_activated').length, 1);
});

test('a link that is looked at stays what it was', async (t) => {
  const { auth, storage, link, account } = await pending(t);
  for (const _ of [1, 2, 3]) assert.equal(await auth.readSignUpLink(link), 'open');
  assert.equal((await storage.accounts.findById(account.id))?.activatedAt, null);
  assert.equal(await auth.confirmSignUpLink(link), 'open');
  assert.equal(await auth.readSignUpLink(link), 'spent');
});

// SEC-062
test('a link dies with the epoch it was sent in, also when both happen at once', async (t) => {
  const { auth, storage, link, account } = await pending(t);
  const [, state] = await Promise.all([
    storage.transaction((stores) => stores.accounts.advanceEpoch(account.id)),
    auth.confirmSignUpLink(link),
  ]);
  assert.equal(state, 'dead');
  assert.equal((await storage.accounts.findById(account.id))?.activatedAt, null);
});

test('a link dies at the instant it expires', async (t) => {
  const { auth, clock, link } = await pending(t);
  clock.advance(HOUR - 1);
  assert.equal(await auth.readSignUpLink(link), 'open');
  clock.advance(1);
  assert.equal(await auth.readSignUpLink(link), 'dead');
  assert.equal(await auth.confirmSignUpLink(link), 'dead');
});
