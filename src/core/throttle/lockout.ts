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
 * while attempts of this process are undecided, a further one waits for their outcome. Of those of other processes
 * nothing is known, so that a lock which has just begun is looked at for a moment before it is believed.
 */
export class Lockout {
  readonly #store: LockoutStore;
  readonly #clock: Clock;
  readonly policy: LockoutPolicy;
  readonly #subjects = new Map<string, Subject>();
  readonly #doubt: Doubt | undefined;

  /** @param doubt where other processes count, too */
  constructor(store: LockoutStore, clock: Clock, policy: LockoutPolicy, doubt?: Doubt) {
    this.#store = store;
    this.#clock = clock;
    this.policy = policy;
    this.#doubt = doubt;
  }

  /** @throws AuthError `account_locked`; whatever `evaluate` throws */
  async attempt<T>(name: string, evaluate: (attempt: CountedAttempt) => Promise<T>): Promise<T> {
    const subject = this.#subjects.get(name) ?? { attempts: 0, undecided: new Set(), decisions: 0 };
    this.#subjects.set(name, subject);
    subject.attempts += 1;
    try {
      for (let doubts = 0; ; ) {
        const { decisions } = subject;
        const counted = await this.#store.countAttempt(name, this.policy, this.#clock.now());
        if (counted.kind === 'counted') {
          const takeBack = () => this.#store.takeBack(name, this.policy);
          return await decide(subject, evaluate({ total: counted.total, takeBack }));
        }
        if (subject.undecided.size > 0) await Promise.race(subject.undecided);
        // Decided while the store was being asked: its answer is of before, so it is asked again.
        else if (subject.decisions !== decisions) continue;
        else if (doubts < MOST_DOUBTS && (await this.#isLifted(name, subject, counted.until))) doubts += 1;
        else throw this.#locked(counted.until);
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

  /** Whether a lock that has just begun goes away by itself: attempts of other processes turned out right. */
  async #isLifted(name: string, subject: Subject, until: number | null): Promise<boolean> {
    if (this.#doubt === undefined || until === null) return false;
    const { pauses, pause } = this.#doubt;
    const ageMs = this.#clock.now() - (until - this.policy.lockMs);
    if (ageMs > DOUBT_MS) return false;
    // One looks for all that wait here.
    subject.lifting ??= (async () => {
      for (let looked = 0; looked < pauses; looked += 1) {
        await pause();
        if ((await this.lockOf(name)) === undefined) return true;
      }
      return false;
    })().finally(() => {
      subject.lifting = undefined;
    });
    return subject.lifting;
  }

  #locked(until: number | null): AuthError {
    const retryAfterMs = until === null ? this.policy.lockMs : Math.max(0, until - this.#clock.now());
    return new AuthError('account_locked', { retryAfterMs });
  }
}

/** How a lock that others may lift is looked at: so many times, with a pause before each. */
export interface Doubt {
  readonly pauses: number;
  pause(): Promise<void>;
}

/** What began longer ago than a hash may take is no attempt under way. */
const DOUBT_MS = 2_000;
/** Each time somebody else's password was right, so that few are ever needed; a bound all the same. */
const MOST_DOUBTS = 50;

/** What this process knows of a subject while it has attempts at it. */
interface Subject {
  attempts: number;
  /** Counted and being evaluated; settles when decided. */
  readonly undecided: Set<Promise<unknown>>;
  decisions: number;
  /** Under way while a lock is looked at. */
  lifting?: Promise<boolean> | undefined;
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
