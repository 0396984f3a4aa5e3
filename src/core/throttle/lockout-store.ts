export interface LockoutPolicy {
  /** Wrong passwords in a row that lock. */
  readonly failures: number;
  readonly lockMs: number;
  /** Wrong passwords without a right one between them that switch password sign-in off until a reset. */
  readonly disableAfter: number;
}

export type Attempt =
  /** Counted; `total` failures since the last success, this one included if it turns out to be one. */
  | { readonly kind: 'counted'; readonly total: number }
  /** Not counted, must not be evaluated. `until` is null when only a reset helps. */
  | { readonly kind: 'locked'; readonly until: number | null };

export interface Lock {
  readonly until: number | null;
}

/** Wrong passwords in a row, by subject: an account, or an identifier that no account has. */
export interface LockoutStore {
  /**
   * Counts an attempt as failed before it is evaluated, in one statement committed on its own: whatever happens
   * to the request, the guess is counted (SEC-009, SEC-011). Changes nothing while locked (SEC-012).
   */
  countAttempt(subject: string, policy: LockoutPolicy, now: number): Promise<Attempt>;
  /** The lock that is in force, if one is; counts nothing. `until` is null when only a reset helps. */
  lockOf(subject: string, policy: LockoutPolicy, now: number): Promise<Lock | undefined>;
  /** Takes back one counted attempt whose password was right but led to no success. */
  takeBack(subject: string, policy: LockoutPolicy): Promise<void>;
  clear(subject: string): Promise<void>;
  /** Deletes identifiers' counters untouched since `before`, at most `limit`; an account's stay with it. Returns how many. */
  purge(before: number, limit: number): Promise<number>;
}
