/**
 * How often something may be tried. Owns lockout (wrong passwords in a row), quotas (durable counts in a window),
 * rate limits (short windows by client) and turns; must not know what is being tried.
 */
export { identifierCounter, lockoutCountersOf, passwordCounter, totpCounter } from './attempt-counters.ts';
export { type Attempt, Lockout, type LockoutOptions } from './lockout.ts';
export type {
  Lock,
  LockoutPolicy,
  LockoutStore,
  Reservation,
  ReserveOutcome,
} from './lockout-store.ts';
export type { NamedQuota, Quota, QuotaStore } from './quota-store.ts';
export {
  type AddressPermit,
  type Client,
  type Permit,
  type Rate,
  type RateLimiter,
  Throttle,
  type ThrottledKind,
  type ThrottleRates,
  type ThrottleScope,
} from './throttle.ts';
export { Turns } from './turns.ts';
