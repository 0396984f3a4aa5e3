import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { AuthError } from '../../../src/core/errors.ts';
import { type Attempt, Lockout } from '../../../src/core/throttle/index.ts';
import { openStorage } from '../../../src/storage/index.ts';
import { ManualClock } from '../../support/clock.ts';

const policy = { failures: 5, lockMs: 600_000, disableAfter: 100, reservationMs: 12_000 };
const subject = 'account:1';
const totp = 'totp:account:1';

class WrongPassword extends Error {}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Reserves, evaluates and disposes, as the verification of a password does. */
async function run<T>(
  lockout: Lockout,
  subjects: readonly string[],
  evaluate: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  await using attempt = await lockout.reserve(subjects);
  return await evaluate(attempt);
}

/** A lockout on a real store, whose attempts are decided when the test says so. */
async function openLockout(t: TestContext, { by = policy, pause = nextTurn } = {}) {
  const { storage } = await openStorage({ engine: 'sqlite', path: ':memory:' }, { migrations: 'run' });
  t.after(() => storage.close());
  const clock = new ManualClock();
  let asked = 0;
  const store = {
    ...storage.lockouts,
    reserve: (...given: Parameters<typeof storage.lockouts.reserve>) => {
      asked += 1;
      return storage.lockouts.reserve(...given);
    },
  };
  /** One for each process. */
  const process = () => new Lockout({ store, clock, policy: by, pause });
  const lockout = process();
  let evaluated = 0;

  const right = async (attempt: Attempt) => {
    evaluated += 1;
    await storage.transaction((stores) => attempt.succeed(stores));
    return 'in';
  };
  const wrong = async (attempt: Attempt) => {
    evaluated += 1;
    await storage.transaction((stores) => attempt.fail(stores));
    throw new WrongPassword();
  };
  const attempt = (evaluate: (attempt: Attempt) => Promise<unknown>, on = lockout, of = [subject]) =>
    run(on, of, evaluate).catch((error: unknown) => error);

  /** Starts an attempt that is decided by the test; `begun` resolves when it may compare. */
  const hold = (on = lockout, of = [subject]) => {
    const begun = Promise.withResolvers<void>();
    const decision = Promise.withResolvers<typeof right | typeof wrong>();
    const outcome = attempt(
      async (given) => {
        begun.resolve();
        return (await decision.promise)(given);
      },
      on,
      of,
    );
    const decide = (by: typeof right | typeof wrong) => {
      decision.resolve(by);
      return outcome;
    };
    return { begun: begun.promise, outcome, right: () => decide(right), wrong: () => decide(wrong) };
  };
  return {
    storage,
    clock,
    lockout,
    process,
    attempt,
    hold,
    right,
    wrong,
    evaluated: () => evaluated,
    asked: () => asked,
  };
}

const isLocked = (error: unknown, retryAfterMs: number) => {
  assert.ok(error instanceof AuthError, String(error));
  assert.equal(error.code, 'account_locked');
  assert.equal(error.facts.retryAfterMs, retryAfterMs);
};

describe('wrong passwords', () => {
  // SEC-008
  test('in a row lock, for as long as the policy says, and tell how long', async (t) => {
    const { clock, attempt, wrong, right } = await openLockout(t);
    for (let index = 0; index < 5; index += 1) assert.ok((await attempt(wrong)) instanceof WrongPassword);
    isLocked(await attempt(wrong), 600_000);
    clock.advance(599_999);
    isLocked(await attempt(right), 1);
    clock.advance(1);
    assert.equal(await attempt(right), 'in');
    for (let index = 0; index < 5; index += 1) assert.ok((await attempt(wrong)) instanceof WrongPassword);
  });

  // SEC-014
  test('that switched sign-in off leave the length of a lock to wait for', async (t) => {
    const { clock, attempt, wrong, right } = await openLockout(t, { by: { ...policy, disableAfter: 3 } });
    for (let index = 0; index < 3; index += 1) await attempt(wrong);
    clock.advance(10 * policy.lockMs);
    isLocked(await attempt(right), policy.lockMs);
  });

  // SEC-009
  test('of two hundred at once five are evaluated, by one process or by two', async (t) => {
    for (const processes of [1, 2]) {
      const { attempt, wrong, process, evaluated } = await openLockout(t);
      const lockouts = Array.from({ length: processes }, process);
      const outcomes = await Promise.all(
        Array.from({ length: 200 }, (_, index) => attempt(wrong, lockouts[index % processes])),
      );
      assert.equal(evaluated(), 5);
      const refused = outcomes.filter((outcome) => !(outcome instanceof WrongPassword));
      assert.equal(refused.length, 195);
      for (const error of refused) isLocked(error, 600_000);
    }
  });
});

describe('right passwords', () => {
  test('of sixty at once all succeed, by one process or by two', async (t) => {
    for (const processes of [1, 2]) {
      const { attempt, right, process } = await openLockout(t);
      const lockouts = Array.from({ length: processes }, process);
      const outcomes = await Promise.all(
        Array.from({ length: 60 }, (_, index) => attempt(right, lockouts[index % processes])),
      );
      assert.deepEqual(new Set(outcomes), new Set(['in']));
    }
  });

  test('cost the store the same however many there are at once', async (t) => {
    const costs: number[] = [];
    for (const times of [10, 100]) {
      const { attempt, right, asked } = await openLockout(t, { pause: () => new Promise(() => {}) });
      await Promise.all(Array.from({ length: times }, () => attempt(right)));
      costs.push(asked() / times);
    }
    for (const cost of costs) assert.ok(cost <= 2, `${costs.join(', ')} reservations for each`);
  });

  test('that wait for others are evaluated when one of them turns out right', async (t) => {
    const { hold, attempt, right, evaluated } = await openLockout(t, { pause: () => new Promise(() => {}) });
    const held = Array.from({ length: 5 }, () => hold());
    await Promise.all(held.map(({ begun }) => begun));
    const sixth = attempt(right);
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    assert.equal(evaluated(), 0, 'the sixth is not evaluated yet');
    assert.equal(await held[0]?.right(), 'in');
    assert.equal(await sixth, 'in');
    for (const each of held.slice(1)) assert.equal(await each.right(), 'in');
  });

  test('that waited are refused when the ones before turn out wrong', async (t) => {
    const { hold, attempt, right } = await openLockout(t);
    const held = Array.from({ length: 5 }, () => hold());
    await Promise.all(held.map(({ begun }) => begun));
    const sixth = attempt(right);
    for (const each of held) assert.ok((await each.wrong()) instanceof WrongPassword);
    isLocked(await sixth, 600_000);
  });

  test('wait for attempts of another process, too', async (t) => {
    const { hold, attempt, right, process } = await openLockout(t);
    const elsewhere = process();
    const held = Array.from({ length: 5 }, () => hold(elsewhere));
    await Promise.all(held.map(({ begun }) => begun));
    const waiting = [attempt(right), attempt(right)];
    await nextTurn();
    await held[0]?.right();
    for (const each of waiting) assert.equal(await each, 'in');
    for (const each of held.slice(1)) await each.right();
  });

  test('are refused for now, not locked out, when the attempts of others do not end', async (t) => {
    const { hold, attempt, right, process, evaluated } = await openLockout(t);
    const elsewhere = process();
    const held = Array.from({ length: 5 }, () => hold(elsewhere));
    await Promise.all(held.map(({ begun }) => begun));
    const refusal = await attempt(right);
    assert.ok(refusal instanceof AuthError);
    assert.deepEqual([refusal.code, refusal.facts.retryAfterMs], ['overloaded', 1_000]);
    assert.equal(evaluated(), 0);
    for (const each of held) await each.right();
    assert.equal(await attempt(right), 'in');
  });
});

describe('an attempt that is neither a failure nor a success', () => {
  test('leaves the counter as it was, whether it returns or throws', async (t) => {
    const { lockout, attempt, wrong } = await openLockout(t);
    assert.equal(await run(lockout, [subject], async () => 'result'), 'result');
    const failure = new Error('on purpose');
    for (let index = 0; index < 30; index += 1) {
      await assert.rejects(
        run(lockout, [subject], () => Promise.reject(failure)),
        (error) => error === failure,
      );
    }
    for (let index = 0; index < 5; index += 1) assert.ok((await attempt(wrong)) instanceof WrongPassword);
    isLocked(await attempt(wrong), 600_000);
  });

  test('counts as a failure when its process ends before it is settled', async (t) => {
    const { hold, attempt, right, wrong, clock, process } = await openLockout(t);
    // Held for ever, as a process that is killed leaves it.
    await hold(process()).begun;
    clock.advance(policy.reservationMs);
    for (let index = 0; index < 4; index += 1) assert.ok((await attempt(wrong)) instanceof WrongPassword);
    isLocked(await attempt(right), 600_000);
  });
});

describe('an attempt with two counters', () => {
  const both = [subject, totp];

  // SEC-015
  test('fails in both, and a success in the first alone leaves the second', async (t) => {
    const { attempt, wrong, right, lockout } = await openLockout(t);
    for (let index = 0; index < 4; index += 1) await attempt(wrong, lockout, both);
    assert.equal(await attempt(right, lockout, [subject]), 'in');
    assert.ok((await attempt(wrong, lockout, both)) instanceof WrongPassword);
    isLocked(await attempt(right, lockout, both), 600_000);
    assert.equal(await attempt(right, lockout, [subject]), 'in');
  });

  test('succeeds in both', async (t) => {
    const { attempt, wrong, right, lockout } = await openLockout(t);
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 4; index += 1) await attempt(wrong, lockout, both);
      assert.equal(await attempt(right, lockout, both), 'in');
    }
  });

  test('leaves the first as it was when the second is locked', async (t) => {
    const { attempt, wrong, right, lockout } = await openLockout(t);
    for (let index = 0; index < 5; index += 1) await attempt(wrong, lockout, [totp]);
    for (let index = 0; index < 30; index += 1) isLocked(await attempt(right, lockout, both), 600_000);
    for (let index = 0; index < 5; index += 1) {
      assert.ok((await attempt(wrong, lockout, [subject])) instanceof WrongPassword);
    }
  });
});

test('attempts at one subject do not wait for another’s', async (t) => {
  const { hold, attempt, right, lockout } = await openLockout(t);
  const held = Array.from({ length: 5 }, () => hold());
  await Promise.all(held.map(({ begun }) => begun));
  assert.equal(await attempt(right, lockout, ['account:2']), 'in');
  for (const each of held) await each.right();
});
