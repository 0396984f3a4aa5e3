import assert from 'node:assert/strict';
import type { LockoutPolicy } from '../../core/throttle/index.ts';
import { HOUR, MINUTE, NOW } from './fixture.ts';
import type { OpenedStorage, Suite } from './suite.ts';

const policy: LockoutPolicy = { failures: 5, lockMs: 10 * MINUTE, disableAfter: 100 };
const subject = 'account:1';

/** Counts so many attempts and returns the last outcome. */
async function attempts(
  { storage }: OpenedStorage,
  times: number,
  { now = NOW, of = subject, by = policy } = {},
) {
  let outcome = await storage.lockouts.countAttempt(of, by, now);
  for (let index = 1; index < times; index += 1) outcome = await storage.lockouts.countAttempt(of, by, now);
  return outcome;
}

export function lockouts({ guarantee, guaranteeWith }: Suite): void {
  // SEC-008
  guarantee(
    'the attempt after the last one allowed is locked out, with the instant of its end',
    async (database) => {
      for (const total of [1, 2, 3, 4, 5]) {
        assert.deepEqual(await attempts(database, 1), { kind: 'counted', total });
      }
      const locked = { kind: 'locked', until: NOW + policy.lockMs };
      assert.deepEqual(await attempts(database, 1), locked);
      assert.deepEqual(await attempts(database, 1, { now: NOW + policy.lockMs - 1 }), locked);
    },
  );

  guarantee('the lock in force can be read, which counts nothing', async (database) => {
    const lockOf = (now: number, by = policy) => database.storage.lockouts.lockOf(subject, by, now);
    await attempts(database, 4);
    assert.equal(await lockOf(NOW), undefined);
    await attempts(database, 1);
    const end = NOW + policy.lockMs;
    assert.deepEqual(await lockOf(end - 1), { until: end });
    assert.equal(await lockOf(end), undefined, 'it is over');
    assert.deepEqual(await lockOf(end, { ...policy, disableAfter: 5 }), { until: null });
    assert.deepEqual(await attempts(database, 1, { now: end }), { kind: 'counted', total: 6 });
  });

  // SEC-012
  guarantee('attempts while locked change neither the end of the lock nor the count', async (database) => {
    await attempts(database, 5);
    const duringLock = await attempts(database, 50, { now: NOW + policy.lockMs - 1 });
    assert.deepEqual(duringLock, { kind: 'locked', until: NOW + policy.lockMs });
    const after = await attempts(database, 1, { now: NOW + policy.lockMs });
    assert.deepEqual(after, { kind: 'counted', total: 6 });
  });

  guarantee('after a lock a whole new row of failures locks again', async (database) => {
    await attempts(database, 5);
    const now = NOW + policy.lockMs;
    assert.deepEqual(await attempts(database, 5, { now }), { kind: 'counted', total: 10 });
    assert.deepEqual(await attempts(database, 1, { now }), { kind: 'locked', until: now + policy.lockMs });
  });

  // SEC-014
  guarantee('so many failures in all, over however many locks, leave only a reset', async (database) => {
    const by = { failures: 5, lockMs: MINUTE, disableAfter: 12 };
    await attempts(database, 5, { by });
    await attempts(database, 5, { by, now: NOW + MINUTE });
    const last = await attempts(database, 2, { by, now: NOW + 2 * MINUTE });
    assert.deepEqual(last, { kind: 'counted', total: 12 });
    for (const now of [NOW + 2 * MINUTE, NOW + HOUR, NOW + 10_000 * HOUR]) {
      assert.deepEqual(await attempts(database, 1, { by, now }), { kind: 'locked', until: null });
    }
  });

  guarantee('clearing starts over, from a lock and from being switched off', async (database) => {
    const by = { ...policy, disableAfter: 5 };
    await attempts(database, 5, { by });
    assert.deepEqual(await attempts(database, 1, { by }), { kind: 'locked', until: null });
    await database.storage.lockouts.clear(subject);
    assert.deepEqual(await attempts(database, 5), { kind: 'counted', total: 5 });
    assert.equal((await attempts(database, 1)).kind, 'locked');
    await database.storage.lockouts.clear(subject);
    await database.storage.lockouts.clear(subject);
    assert.deepEqual(await attempts(database, 1), { kind: 'counted', total: 1 });
  });

  guarantee(
    'an attempt that is taken back was never counted, and opens the lock it closed',
    async (database) => {
      const { lockouts } = database.storage;
      await attempts(database, 5);
      await lockouts.takeBack(subject, policy);
      assert.deepEqual(await attempts(database, 1), { kind: 'counted', total: 5 });
      assert.equal((await attempts(database, 1)).kind, 'locked');
      await lockouts.takeBack(subject, policy);
      await lockouts.takeBack(subject, policy);
      assert.deepEqual(await attempts(database, 2), { kind: 'counted', total: 5 });
      assert.equal((await attempts(database, 1)).kind, 'locked');
    },
  );

  guarantee('taking back the attempt that switched off switches on again', async (database) => {
    const by = { ...policy, failures: 50, disableAfter: 3 };
    await attempts(database, 3, { by });
    assert.deepEqual(await attempts(database, 1, { by }), { kind: 'locked', until: null });
    await database.storage.lockouts.takeBack(subject, by);
    assert.deepEqual(await attempts(database, 1, { by }), { kind: 'counted', total: 3 });
  });

  guarantee('taking back where nothing is counted does nothing', async (database) => {
    const { lockouts } = database.storage;
    await lockouts.takeBack(subject, policy);
    await attempts(database, 1);
    for (let index = 0; index < 3; index += 1) await lockouts.takeBack(subject, policy);
    assert.deepEqual(await attempts(database, 5), { kind: 'counted', total: 5 });
    assert.equal((await attempts(database, 1)).kind, 'locked');
  });

  guarantee('a policy of one failure locks with the first', async (database) => {
    const by = { ...policy, failures: 1 };
    assert.deepEqual(await attempts(database, 1, { by }), { kind: 'counted', total: 1 });
    assert.deepEqual(await attempts(database, 1, { by }), { kind: 'locked', until: NOW + policy.lockMs });
  });

  // SEC-085
  guarantee('one subject’s lock is no other’s', async (database) => {
    await attempts(database, 5);
    for (const other of ['account:2', 'identifier:account:1', 'ACCOUNT:1']) {
      assert.deepEqual(await attempts(database, 1, { of: other }), { kind: 'counted', total: 1 });
    }
    await database.storage.lockouts.clear('account:2');
    assert.equal((await attempts(database, 1)).kind, 'locked');
  });

  guarantee(
    'counters of identifiers are purged when nobody touched them since, an account’s are not',
    async (database) => {
      const { lockouts } = database.storage;
      await attempts(database, 2, { of: 'identifier:old', now: NOW - 1 });
      await attempts(database, 2, { of: 'identifier:new', now: NOW });
      await attempts(database, 2, { of: 'identifier:touched', now: NOW - HOUR });
      await attempts(database, 1, { of: 'identifier:touched', now: NOW });
      await attempts(database, 2, { now: NOW - HOUR });
      assert.equal(await lockouts.purge(NOW, 100), 1);
      assert.equal(await lockouts.purge(NOW, 100), 0);
      const totals: unknown[] = [];
      for (const each of ['identifier:old', 'identifier:new', 'identifier:touched', subject]) {
        const outcome = await attempts(database, 1, { of: each });
        totals.push(outcome.kind === 'counted' && outcome.total);
      }
      assert.deepEqual(totals, [1, 3, 4, 3]);
    },
  );

  // SEC-011
  guaranteeWith('reopening')('a restart forgets no failure', async (database) => {
    await attempts(database, 5);
    const storage = await database.reopen();
    const outcome = await storage.lockouts.countAttempt(subject, policy, NOW + 1);
    assert.deepEqual(outcome, { kind: 'locked', until: NOW + policy.lockMs });
  });
}
