import { AuthError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { Lock, LockoutPolicy, LockoutStore, Reservation } from './lockout-store.ts';
import { Turns } from './turns.ts';

/** The stores of the transaction in which an attempt is settled. */
interface Settling {
  readonly lockouts: LockoutStore;
}

/**
 * An attempt that may be evaluated. Settle it in the transaction that writes its outcome, then dispose it: an attempt
 * that was not settled is released, neither a success nor a failure.
 */
export interface Attempt extends AsyncDisposable {
  /** @returns for each counter the failures since its last success; undefined where the attempt had expired */
  fail(stores: Settling): Promise<readonly (number | undefined)[]>;
  /** Clears the counters. The last statement of its transaction: what throws before it leaves the attempt unsettled. */
  succeed(stores: Settling): Promise<void>;
}

export interface LockoutOptions {
  readonly store: LockoutStore;
  readonly clock: Clock;
  readonly policy: LockoutPolicy;
  /** Waits for a moment in which another process may settle an attempt. */
  readonly pause: () => Promise<void>;
}

/** With a pause of 25 ms: ten seconds. */
const MOST_PAUSES = 400;
const RETRY_AFTER_MS = 1_000;

/**
 * Reserves attempts before they are evaluated. The store alone keeps the budget. Attempts that find it in use by others
 * wait in line, so that a client which signs in many times at once with the right password is never refused: the first
 * in line asks the store again when an attempt of this process is settled, or now and then where only other processes have
 * attempts under way.
 */
export class Lockout {
  readonly policy: LockoutPolicy;
  readonly #options: LockoutOptions;
  readonly #lines = new Turns();
  /** Wakes the first in line of a subject. */
  readonly #wake = new Map<string, () => void>();
  /** Attempts of this process that are being evaluated, by subject. */
  readonly #underWay = new Map<string, number>();

  constructor(options: LockoutOptions) {
    this.#options = options;
    this.policy = options.policy;
  }

  /**
   * Reserves an attempt. Commits before it returns, so that the attempt counts whatever becomes of the process.
   * @param subjects the counters of the attempt; always in the same order, so that two attempts never wait for each other
   * @throws AuthError `account_locked` when one of the counters is locked; `overloaded` when the line does not move
   */
  async reserve(subjects: readonly string[]): Promise<Attempt> {
    const { store, clock } = this.#options;
    const reservations: Reservation[] = [];
    let isSettled = false;
    await using attempt = new AsyncDisposableStack();
    attempt.defer(async () => {
      // What cannot be released expires, and so does a settlement whose commit is uncertain.
      if (!isSettled) await Promise.allSettled(reservations.map((each) => store.release(each)));
      for (const { subject } of reservations) this.#end(subject);
    });
    for (const subject of subjects) {
      reservations.push(await this.#lines.take(subject, () => this.#reserve(subject)));
      this.#underWay.set(subject, (this.#underWay.get(subject) ?? 0) + 1);
    }
    const reserved = attempt.move();
    return {
      fail: async ({ lockouts }) => {
        isSettled = true;
        const totals: (number | undefined)[] = [];
        for (const each of reservations) totals.push(await lockouts.fail(each, this.policy, clock.now()));
        return totals;
      },
      succeed: async ({ lockouts }) => {
        isSettled = true;
        for (const each of reservations) await lockouts.succeed(each, clock.now());
      },
      [Symbol.asyncDispose]: () => reserved.disposeAsync(),
    };
  }

  /** The lock in force, for operators. */
  lockOf(subject: string): Promise<Lock | undefined> {
    return this.#options.store.lockOf(subject, this.policy, this.#options.clock.now());
  }

  /** Ends an attempt of this process, and wakes the first in line. */
  #end(subject: string): void {
    const left = (this.#underWay.get(subject) ?? 1) - 1;
    if (left === 0) this.#underWay.delete(subject);
    else this.#underWay.set(subject, left);
    this.#wake.get(subject)?.();
  }

  async #reserve(subject: string): Promise<Reservation> {
    const { store, clock, pause } = this.#options;
    try {
      for (let pauses = 0; pauses < MOST_PAUSES; pauses += 1) {
        // Before the store is asked, so that a settlement meanwhile is not missed.
        const settlement = Promise.withResolvers<void>();
        this.#wake.set(subject, settlement.resolve);
        const outcome = await store.reserve(subject, this.policy, clock.now());
        if (outcome.kind === 'reserved') return outcome.reservation;
        if (outcome.kind === 'locked') throw this.#locked(outcome.until);
        // One of this process is settled before long; of other processes nothing is known.
        const isOwn = this.#underWay.has(subject);
        await (isOwn ? settlement.promise : Promise.race([settlement.promise, pause()]));
      }
    } finally {
      this.#wake.delete(subject);
    }
    throw new AuthError('overloaded', { retryAfterMs: RETRY_AFTER_MS, reason: 'attempts under way' });
  }

  #locked(until: number | null): AuthError {
    const retryAfterMs = until === null ? this.policy.lockMs : Math.max(0, until - this.#options.clock.now());
    return new AuthError('account_locked', { retryAfterMs });
  }
}
