import assert from 'node:assert/strict';
import { test } from 'node:test';
import { email, openBench } from './bench.ts';

// SEC-004
test('what is left in the outbox for a stranger waits, is due and expires like what is left for an account', async (t) => {
  const bench = await openBench(t);
  const { auth, door, storage, core, clock } = bench;
  await bench.createAccount('alice@example.com', 'correct horse battery');
  const askFor = async (address: string) => {
    const permit = await bench.permit('message');
    await auth.requestSignIn({ door, permit, identifier: email(address), delivery: bench.code });
    const now = clock.now();
    assert.equal(await storage.outbox.countPending(), 1);
    const [entry] = await storage.outbox.claim({ now, leaseUntil: now + 1, limit: 5 });
    assert.ok(entry);
    await storage.outbox.markSent(entry.id, now);
    const message = core.outbox.open(entry.sealed, entry.id);
    return { entry: { ...entry, id: '', sealed: '' }, message: { ...message, to: '', code: '' } };
  };
  const [known, unknown] = [await askFor('alice@example.com'), await askFor('mallory@example.com')];
  assert.deepEqual(unknown.entry, known.entry);
  assert.deepEqual(unknown.message, { ...known.message, isDecoy: true });
});
