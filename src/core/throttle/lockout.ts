import { AuthError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { Lock, LockoutPolicy, LockoutStore } from './lockout-store.ts';

export interface CountedAttempt {
  /** Failures since the last success, this attempt included. */
  readonly total: number;
  /** The attempt turned out not to be a guess: right password, or never evaluated. */
  takeBack(): Promise<void>;
}

/**
 * Counts password attempts before they are evaluated. The store alone keeps the budget; this class only makes
 * sure that a client which signs in several times at once with the right password does not lock itself out:
 * while attempts of this process are undecided, a further one waits for their outcome.
 */
export class Lockout {
  readonly #store: LockoutStore;
  readonly #clock: Clock;
  readonly policy: LockoutPolicy;
  readonly #subjects = new Map<string, Subject>();

  constructor(store: LockoutStore, clock: Clock, policy: LockoutPolicy) {
    this.#store = store;
    this.#clock = clock;
    this.policy = policy;
  }

  /** @throws AuthError `account_locked`; whatever `evaluate` throws */
  async attempt<T>(name: string, evaluate: (attempt: CountedAttempt) => Promise<T>): Promise<T> {
    const subject = this.#subjects.get(name) ?? { attempts: 0, undecided: new Set(), decisions: 0 };
    this.#subjects.set(name, subject);
    subject.attempts += 1;
    try {
      for (;;) {
        const { decisions } = subject;
        const counted = await this.#store.countAttempt(name, this.policy, this.#clock.now());
        if (counted.kind === 'counted') {
          const takeBack = () => this.#store.takeBack(name, this.policy);
          return await decide(subject, evaluate({ total: counted.total, takeBack }));
        }
        if (subject.undecided.size > 0) await Promise.race(subject.undecided);
        // Decided while the store was being asked: its answer is of before, so it is asked again.
        else if (subject.decisions === decisions) throw this.#locked(counted.until);
      }
    } finally {
      subject.attempts -= 1;
      if (subject.attempts === 0) this.#subjects.delete(name);
    }
  }

  /** The lock that an operator may want to know of. */
  lockOf(name: string): Promise<Lock | undefined> {
    return this.#store.lockOf(name, this.policy, this.#clock.now());
  }

  #locked(until: number | null): AuthError {
    const retryAfterMs = until === null ? this.policy.lockMs : Math.max(0, until - this.#clock.now());
    return new AuthError('account_locked', { retryAfterMs });
  }
}

/** What this process knows of a subject while it has attempts at it. */
interface Subject {
  attempts: number;
  /** Counted and being evaluated; settles when decided. */
  readonly undecided: Set<Promise<unknown>>;
  decisions: number;
}

async function decide<T>(subject: Subject, outcome: Promise<T>): Promise<T> {
  const settled = outcome.then(
    () => {},
    () => {},
  );
  subject.undecided.add(settled);
  try {
    return await outcome;
  } finally {
    subject.undecided.delete(settled);
    subject.decisions += 1;
  }
}
