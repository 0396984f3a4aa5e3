export interface LockoutPolicy {
  /** Failures in a row that lock. */
  readonly failures: number;
  readonly lockMs: number;
  /** Failures without a success between them that switch the counter's contracts off until it is cleared. */
  readonly disableAfter: number;
  /** How long a reservation may stay unsettled, in milliseconds; one that lasts longer counts as a failure. */
  readonly reservationMs: number;
}

/** The right to evaluate one attempt. */
export interface Reservation {
  readonly subject: string;
  /** Tells a reservation that is still open from one that has expired and was counted as a failure. */
  readonly generation: number;
}

export type ReserveOutcome =
  | { readonly kind: 'reserved'; readonly reservation: Reservation }
  /** Must not be evaluated. `until` is epoch milliseconds, or null when only clearing helps. */
  | { readonly kind: 'locked'; readonly until: number | null }
  /** Other attempts that are being evaluated use the rest of the budget. Ask again when one of them is settled. */
  | { readonly kind: 'busy' };

/** A lock in force: its end in epoch milliseconds, or null when only clearing helps. */
export interface Lock {
  readonly until: number | null;
}

/**
 * Failed attempts in a row, by subject: an account, or an identifier that no account has.
 *
 * An attempt is reserved, evaluated and settled. Failures and open reservations together never exceed the policy's
 * `failures`, so no more attempts are evaluated than that, by however many processes (SEC-009). A reservation that is
 * never settled expires and counts as a failure, so a crash gives no attempt back (SEC-011).
 */
export interface LockoutStore {
  /** One statement, committed on its own before anything is evaluated. Changes nothing while locked (SEC-012). */
  reserve(subject: string, policy: LockoutPolicy, now: number): Promise<ReserveOutcome>;
  /**
   * Turns the reservation into a failure. Returns the failures since the last success, this one included; undefined when
   * the reservation had expired and was counted before.
   */
  fail(reservation: Reservation, policy: LockoutPolicy, now: number): Promise<number | undefined>;
  /** Ends the reservation with a success, which clears the counter. */
  succeed(reservation: Reservation, now: number): Promise<void>;
  /** Ends the reservation as neither: a right password that led to no success, or an attempt that was not evaluated. */
  release(reservation: Reservation): Promise<void>;
  /** The lock in force, if there is one; changes nothing. */
  lockOf(subject: string, policy: LockoutPolicy, now: number): Promise<Lock | undefined>;
  /** Forgets failures and the lock. Attempts that are being evaluated stay reserved. */
  clear(subject: string, now: number): Promise<void>;
  /**
   * Deletes, at most `limit`, counters untouched since `before`: those of identifiers that no account has, and those
   * that count nothing. Returns how many.
   */
  purge(before: number, limit: number): Promise<number>;
}
