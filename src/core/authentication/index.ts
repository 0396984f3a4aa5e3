/**
 * Authentication: how an account proves who it is, and how a proof becomes a session. Each factor is one module:
 * `password`, `challenge` (one-time codes and links) and `totp`. `completeSignIn` is the only way from a verified factor
 * to a session. Must not know a contract's wire format or HTTP.
 *
 * A factor that signs in on its own has a function that returns a `VerifiedFactor`. A factor that only adds to another
 * one, as TOTP does, is evaluated in the attempt of the first, so that one count and one refusal cover both.
 */
export type { Authentication, VerifiedFactor } from './authentication.ts';
export { completeSignIn } from './complete-sign-in.ts';
export { type AuthenticationMethod, methodsOf } from './methods.ts';
