import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { AuthError } from '../../../src/core/errors.ts';
import { type CountedAttempt, Lockout } from '../../../src/core/throttle/index.ts';
import { openStorage } from '../../../src/storage/index.ts';
import { ManualClock } from '../../support/clock.ts';

const policy = { failures: 5, lockMs: 600_000, disableAfter: 100 };
const subject = 'account:1';

class WrongPassword extends Error {}

/** A lockout on a real store, whose attempts are decided when the test says so. */
async function openLockout(t: TestContext, by = policy) {
  const { storage } = await openStorage({ engine: 'sqlite', path: ':memory:' }, { migrations: 'run' });
  t.after(() => storage.close());
  const clock = new ManualClock();
  const lockout = new Lockout(storage.lockouts, clock, by);
  const totals: number[] = [];

  /** Starts an attempt; `evaluated` resolves when it may compare, and it is decided by the test. */
  const begin = (of = subject, on = lockout) => {
    const evaluated = Promise.withResolvers<CountedAttempt>();
    const decision = Promise.withResolvers<void>();
    const outcome = on.attempt(of, async (attempt) => {
      totals.push(attempt.total);
      evaluated.resolve(attempt);
      await decision.promise;
    });
    const settled = outcome.then(
      () => 'right' as const,
      (error: unknown) => error,
    );
    return {
      evaluated: evaluated.promise,
      /** Right: clears the counter as a success does, then ends the attempt. */
      async right() {
        await storage.lockouts.clear(of);
        decision.resolve();
        return settled;
      },
      wrong() {
        decision.reject(new WrongPassword());
        return settled;
      },
      settled,
    };
  };
  const wrong = () => lockout.attempt(subject, () => Promise.reject(new WrongPassword())).catch(caught);
  return { storage, clock, lockout, begin, wrong, totals };
}

const caught = (error: unknown): unknown => error;

const isLocked = (error: unknown, retryAfterMs: number) => {
  assert.ok(error instanceof AuthError, String(error));
  assert.equal(error.code, 'account_locked');
  assert.equal(error.facts.retryAfterMs, retryAfterMs);
};

describe('wrong passwords', () => {
  // SEC-008
  test('in a row lock, for as long as the policy says, and tell how long', async (t) => {
    const { clock, wrong, begin } = await openLockout(t);
    for (let index = 0; index < 5; index += 1) assert.ok((await wrong()) instanceof WrongPassword);
    isLocked(await wrong(), 600_000);
    clock.advance(599_999);
    isLocked(await wrong(), 1);
    clock.advance(1);
    const attempt = begin();
    await attempt.evaluated;
    assert.equal(await attempt.right(), 'right');
    for (let index = 0; index < 5; index += 1) assert.ok((await wrong()) instanceof WrongPassword);
  });

  // SEC-014
  test('that switched sign-in off leave nothing to wait for but the length of a lock', async (t) => {
    const { clock, wrong } = await openLockout(t, { ...policy, disableAfter: 3 });
    for (let index = 0; index < 3; index += 1) await wrong();
    clock.advance(10 * policy.lockMs);
    isLocked(await wrong(), policy.lockMs);
  });

  // SEC-009
  test('of two hundred at once five are compared, and the rest learn that it is locked', async (t) => {
    const { lockout, totals } = await openLockout(t);
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, () =>
        lockout
          .attempt(subject, async ({ total }) => {
            totals.push(total);
            throw new WrongPassword();
          })
          .catch((error: unknown) => error),
      ),
    );
    assert.deepEqual(totals.toSorted(), [1, 2, 3, 4, 5]);
    assert.equal(outcomes.filter((error) => error instanceof WrongPassword).length, 5);
    for (const error of outcomes) if (!(error instanceof WrongPassword)) isLocked(error, 600_000);
  });
});

describe('right passwords', () => {
  test('at once never lock: who comes after the fifth waits for the ones before', async (t) => {
    const { begin, totals } = await openLockout(t);
    const first = Array.from({ length: 5 }, () => begin());
    await Promise.all(first.map(({ evaluated }) => evaluated));
    const sixth = begin();
    // Everything the sixth does before it waits is done after these turns: the store answers without delay.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((next) => setImmediate(next));
    assert.deepEqual(totals, [1, 2, 3, 4, 5], 'the sixth is not compared yet');
    const [one, ...others] = first;
    assert.equal(await one?.right(), 'right');
    await sixth.evaluated;
    for (const attempt of [...others, sixth]) assert.equal(await attempt.right(), 'right');
  });

  test('twenty at once are all let in', async (t) => {
    const { lockout, storage } = await openLockout(t);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        lockout.attempt(subject, async () => {
          await storage.lockouts.clear(subject);
          return 'in';
        }),
      ),
    );
    assert.deepEqual(new Set(outcomes), new Set(['in']));
  });

  test('that led to no success are taken back, and leave the counter as it was', async (t) => {
    const { lockout, storage, clock } = await openLockout(t);
    for (let index = 0; index < 30; index += 1) {
      await lockout.attempt(subject, ({ takeBack }) => takeBack());
    }
    const next = await storage.lockouts.countAttempt(subject, policy, clock.now());
    assert.deepEqual(next, { kind: 'counted', total: 1 });
  });

  test('that waited learn that it is locked, if the ones before turn out wrong', async (t) => {
    const { begin } = await openLockout(t);
    const first = Array.from({ length: 5 }, () => begin());
    await Promise.all(first.map(({ evaluated }) => evaluated));
    const sixth = begin();
    for (const attempt of first) assert.ok((await attempt.wrong()) instanceof WrongPassword);
    isLocked(await sixth.settled, 600_000);
  });
});

test('attempts at one subject do not wait for another’s', async (t) => {
  const { begin } = await openLockout(t);
  const held = Array.from({ length: 5 }, () => begin());
  await Promise.all(held.map(({ evaluated }) => evaluated));
  const other = begin('account:2');
  await other.evaluated;
  assert.equal(await other.right(), 'right');
  for (const attempt of held) await attempt.right();
});

describe('where other processes count, too', () => {
  /** Five attempts are under way in one process, and another process looks at what is left. */
  async function openTwo(t: TestContext, pauses: number, atPause: (pausesSoFar: number) => Promise<void>) {
    const bench = await openLockout(t);
    let paused = 0;
    const doubt = {
      pauses,
      pause: () => {
        paused += 1;
        return atPause(paused);
      },
    };
    const here = new Lockout(bench.storage.lockouts, bench.clock, policy, doubt);
    const held = Array.from({ length: 5 }, () => bench.begin());
    await Promise.all(held.map(({ evaluated }) => evaluated));
    return { ...bench, here, held, paused: () => paused };
  }

  test('a lock that has just begun is looked at again, and gone when their passwords were right', async (t) => {
    const right: (() => Promise<unknown>)[] = [];
    const { begin, here, held, totals } = await openTwo(t, 3, async (pausesSoFar) => {
      if (pausesSoFar === 2) await right[0]?.();
    });
    right.push(async () => held[0]?.right());
    const attempts = [begin(subject, here), begin(subject, here)];
    for (const attempt of attempts) await attempt.evaluated;
    for (const attempt of [...attempts, ...held.slice(1)]) assert.equal(await attempt.right(), 'right');
    assert.deepEqual(totals, [1, 2, 3, 4, 5, 1, 2]);
  });

  test('it is believed after so many looks, one process looking once for all its attempts', async (t) => {
    const { begin, here, held, paused, totals } = await openTwo(t, 3, async () => {});
    const attempts = Array.from({ length: 20 }, () => begin(subject, here));
    for (const attempt of attempts) isLocked(await attempt.settled, 600_000);
    assert.equal(totals.length, 5);
    assert.ok(paused() <= 6, `${paused()} looks`);
    for (const attempt of held) await attempt.wrong();
  });

  test('a lock that has lasted for a while is believed at once', async (t) => {
    const { begin, here, held, paused, clock } = await openTwo(t, 3, async () => {});
    for (const attempt of held) await attempt.wrong();
    clock.advance(2_001);
    isLocked(await begin(subject, here).settled, 597_999);
    assert.equal(paused(), 0);
  });
});

test('what was counted by another process is not waited for where none is known of', async (t) => {
  const { begin, storage, clock } = await openLockout(t);
  const elsewhere = new Lockout(storage.lockouts, clock, policy);
  const held = Array.from({ length: 5 }, () => begin(subject, elsewhere));
  await Promise.all(held.map(({ evaluated }) => evaluated));
  isLocked(await begin().settled, 600_000);
  for (const attempt of held) await attempt.right();
});

test('what the comparison returns or throws is what the attempt returns or throws', async (t) => {
  const { lockout } = await openLockout(t);
  assert.equal(await lockout.attempt(subject, async () => 'result'), 'result');
  const failure = new Error('on purpose');
  await assert.rejects(
    lockout.attempt(subject, () => Promise.reject(failure)),
    (error) => error === failure,
  );
});
