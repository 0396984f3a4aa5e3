import assert from 'node:assert/strict';
import type { LockoutPolicy, Reservation } from '../../core/throttle/index.ts';
import { failAttempt, HOUR, MINUTE, NOW } from './fixture.ts';
import type { OpenedStorage, Suite } from './suite.ts';

const SECOND = 1_000;
const policy: LockoutPolicy = {
  failures: 5,
  lockMs: 10 * MINUTE,
  disableAfter: 100,
  reservationMs: 12 * SECOND,
};
const subject = 'account:1';
const BUSY = { kind: 'busy' } as const;

const reserve = ({ storage }: OpenedStorage, { now = NOW, of = subject, by = policy } = {}) =>
  storage.lockouts.reserve(of, by, now);

async function reserved(
  database: OpenedStorage,
  change: Parameters<typeof reserve>[1] = {},
): Promise<Reservation> {
  const outcome = await reserve(database, change);
  assert.equal(outcome.kind, 'reserved');
  return (outcome as { reservation: Reservation }).reservation;
}

/** Fails so many attempts one after the other and returns the totals. */
async function failures(
  { storage }: OpenedStorage,
  times: number,
  { now = NOW, of = subject, by = policy } = {},
): Promise<(number | undefined)[]> {
  const totals: (number | undefined)[] = [];
  for (let index = 0; index < times; index += 1) totals.push(await failAttempt(storage, of, by, now));
  return totals;
}

const lockOf = ({ storage }: OpenedStorage, now = NOW, by = policy) =>
  storage.lockouts.lockOf(subject, by, now);

export function lockouts({ guarantee, guaranteeWith }: Suite): void {
  // SEC-008
  guarantee('after the last failure allowed no attempt is reserved until the lock ends', async (database) => {
    assert.deepEqual(await failures(database, 5), [1, 2, 3, 4, 5]);
    const locked = { kind: 'locked', until: NOW + policy.lockMs };
    assert.deepEqual(await reserve(database), locked);
    assert.deepEqual(await reserve(database, { now: NOW + policy.lockMs - 1 }), locked);
    assert.equal((await reserve(database, { now: NOW + policy.lockMs })).kind, 'reserved');
  });

  // SEC-009
  guarantee('failures and attempts being evaluated together never exceed the budget', async (database) => {
    await failures(database, 2);
    const [first] = [await reserved(database), await reserved(database), await reserved(database)];
    assert.deepEqual(await reserve(database), BUSY);
    await database.storage.lockouts.release(first);
    await reserved(database);
    assert.deepEqual(await reserve(database), BUSY);
  });

  guarantee(
    'a settled failure leaves its place to none, a released attempt to the next',
    async (database) => {
      const { lockouts } = database.storage;
      const open = [];
      for (let index = 0; index < 5; index += 1) open.push(await reserved(database));
      for (const each of open.slice(0, 4)) {
        await lockouts.fail(each, policy, NOW);
        assert.deepEqual(await reserve(database), BUSY);
      }
      await lockouts.release(open[4] as Reservation);
      assert.deepEqual(await failures(database, 2), [5, undefined]);
    },
  );

  guarantee('an attempt that is reserved and released is no failure, however often', async (database) => {
    for (let index = 0; index < 30; index += 1) {
      await database.storage.lockouts.release(await reserved(database));
    }
    assert.deepEqual(await failures(database, 6), [1, 2, 3, 4, 5, undefined]);
  });

  guarantee('a success clears the failures and keeps what is being evaluated', async (database) => {
    const { lockouts } = database.storage;
    await failures(database, 3);
    const [right, wrong] = [await reserved(database), await reserved(database)];
    await lockouts.succeed(right, NOW);
    assert.equal(await lockouts.fail(wrong, policy, NOW), 1);
    assert.deepEqual(await failures(database, 5), [2, 3, 4, 5, undefined]);
  });

  // SEC-011
  guarantee('a reservation that nobody settles counts as a failure when it expires', async (database) => {
    await failures(database, 3);
    await reserved(database);
    const end = NOW + policy.reservationMs;
    await reserved(database, { now: end - 1 });
    assert.deepEqual(await reserve(database, { now: end - 1 }), BUSY);
    // The second extended the time of both; then both expire.
    const later = end - 1 + policy.reservationMs;
    const lock = { until: later + policy.lockMs };
    assert.equal(await lockOf(database, later - 1), undefined);
    assert.deepEqual(await lockOf(database, later), lock);
    assert.deepEqual(await reserve(database, { now: later }), { kind: 'locked', ...lock });
    assert.equal(await lockOf(database, lock.until), undefined);
    assert.deepEqual(await failures(database, 6, { now: lock.until }), [6, 7, 8, 9, 10, undefined]);
  });

  guarantee(
    'what settles after it has expired and was counted changes no other attempt',
    async (database) => {
      const { lockouts } = database.storage;
      const late = [await reserved(database), await reserved(database), await reserved(database)];
      const now = NOW + policy.reservationMs;
      // Three expired failures and one attempt under way.
      const current = await reserved(database, { now });
      const [failing, releasing, succeeding] = late as [Reservation, Reservation, Reservation];
      assert.equal(await lockouts.fail(failing, policy, now), undefined);
      await lockouts.release(releasing);
      const last = await reserved(database, { now });
      assert.deepEqual(await reserve(database, { now }), BUSY);
      // A right password is a success all the same.
      await lockouts.succeed(succeeding, now);
      assert.equal(await lockouts.fail(current, policy, now), 1);
      assert.equal(await lockouts.fail(last, policy, now), 2);
      assert.deepEqual(await failures(database, 4, { now }), [3, 4, 5, undefined]);
    },
  );

  // SEC-012
  guarantee('attempts while locked change neither the end of the lock nor the count', async (database) => {
    await failures(database, 5);
    assert.deepEqual(
      await failures(database, 50, { now: NOW + policy.lockMs - 1 }),
      Array(50).fill(undefined),
    );
    assert.deepEqual(await failures(database, 1, { now: NOW + policy.lockMs }), [6]);
  });

  guarantee('after a lock a whole new row of failures locks again', async (database) => {
    await failures(database, 5);
    const now = NOW + policy.lockMs;
    assert.deepEqual(await failures(database, 6, { now }), [6, 7, 8, 9, 10, undefined]);
    assert.deepEqual(await lockOf(database, now), { until: now + policy.lockMs });
  });

  // SEC-014
  guarantee('so many failures in all, over however many locks, leave only clearing', async (database) => {
    const by = { ...policy, lockMs: MINUTE, disableAfter: 12 };
    await failures(database, 5, { by });
    await failures(database, 5, { by, now: NOW + MINUTE });
    assert.deepEqual(await failures(database, 3, { by, now: NOW + 2 * MINUTE }), [11, 12, undefined]);
    for (const now of [NOW + 2 * MINUTE, NOW + HOUR, NOW + 10_000 * HOUR]) {
      assert.deepEqual(await reserve(database, { by, now }), { kind: 'locked', until: null });
      assert.deepEqual(await lockOf(database, now, by), { until: null });
    }
  });

  guarantee(
    'the last failure of all is evaluated once, not by two attempts at the same time',
    async (database) => {
      const by = { ...policy, disableAfter: 3 };
      await failures(database, 2, { by });
      const last = await reserved(database, { by });
      assert.deepEqual(await reserve(database, { by }), BUSY);
      assert.equal(await database.storage.lockouts.fail(last, by, NOW), 3);
      assert.deepEqual(await reserve(database, { by }), { kind: 'locked', until: null });
    },
  );

  guarantee('clearing starts over, from a lock and from being switched off', async (database) => {
    const by = { ...policy, disableAfter: 5 };
    await failures(database, 5, { by });
    assert.deepEqual(await reserve(database, { by }), { kind: 'locked', until: null });
    await database.storage.lockouts.clear(subject, NOW);
    assert.deepEqual(await failures(database, 6), [1, 2, 3, 4, 5, undefined]);
    await database.storage.lockouts.clear(subject, NOW);
    await database.storage.lockouts.clear(subject, NOW);
    assert.deepEqual(await failures(database, 1), [1]);
  });

  guarantee('clearing forgets what expired and keeps what is being evaluated', async (database) => {
    const { lockouts } = database.storage;
    for (let index = 0; index < 5; index += 1) await reserved(database);
    await lockouts.clear(subject, NOW);
    assert.deepEqual(await reserve(database), BUSY);
    const now = NOW + policy.reservationMs;
    await lockouts.clear(subject, now);
    assert.equal(await lockOf(database, now), undefined);
    assert.deepEqual(await failures(database, 2, { now }), [1, 2]);
  });

  guarantee('a limit that was lowered below what is counted leaves one attempt', async (database) => {
    await failures(database, 4);
    const by = { ...policy, failures: 2 };
    assert.deepEqual(await failures(database, 2, { by }), [5, undefined]);
  });

  guarantee('a policy of one failure locks with the first', async (database) => {
    const by = { ...policy, failures: 1 };
    const first = await reserved(database, { by });
    assert.deepEqual(await reserve(database, { by }), BUSY);
    assert.equal(await database.storage.lockouts.fail(first, by, NOW), 1);
    assert.deepEqual(await reserve(database, { by }), { kind: 'locked', until: NOW + policy.lockMs });
  });

  // SEC-085
  guarantee('one subject’s lock is no other’s', async (database) => {
    await failures(database, 5);
    for (const name of ['account:2', 'identifier:account:1', 'totp:account:1', 'ACCOUNT:1']) {
      assert.deepEqual(await failures(database, 1, { of: name }), [1]);
    }
    await database.storage.lockouts.clear('account:2', NOW);
    assert.equal((await reserve(database)).kind, 'locked');
  });

  guarantee(
    'counters of identifiers and those that count nothing are purged when untouched; an account’s failures are not',
    async (database) => {
      const { lockouts } = database.storage;
      const old = { now: NOW - HOUR };
      for (const name of ['identifier:old', 'totp:identifier:old'])
        await failures(database, 2, { of: name, ...old });
      await failures(database, 2, { of: 'identifier:new' });
      await failures(database, 2, { of: 'identifier:touched', ...old });
      await failures(database, 1, { of: 'identifier:touched' });
      await lockouts.succeed(await reserved(database, { of: 'account:idle', ...old }), old.now);
      await reserved(database, { of: 'account:open', ...old });
      for (const name of [subject, `totp:${subject}`]) await failures(database, 2, { of: name, ...old });
      assert.equal(await lockouts.purge(NOW, 2), 2);
      assert.equal(await lockouts.purge(NOW, 100), 1);
      assert.equal(await lockouts.purge(NOW, 100), 0);
      const totals: unknown[] = [];
      for (const name of ['identifier:old', 'totp:identifier:old', 'identifier:new', 'identifier:touched']) {
        totals.push(...(await failures(database, 1, { of: name })));
      }
      for (const name of ['account:idle', 'account:open', subject, `totp:${subject}`]) {
        totals.push(...(await failures(database, 1, { of: name })));
      }
      assert.deepEqual(totals, [1, 1, 3, 4, 1, 2, 3, 3]);
    },
  );

  // SEC-011
  guaranteeWith('reopening')('a restart forgets no failure and no reservation', async (database) => {
    await failures(database, 4);
    await reserved(database);
    const storage = await database.reopen();
    assert.deepEqual(await storage.lockouts.reserve(subject, policy, NOW + 1), BUSY);
    const end = NOW + policy.reservationMs;
    const locked = { kind: 'locked', until: end + policy.lockMs };
    assert.deepEqual(await storage.lockouts.reserve(subject, policy, end), locked);
  });
}
