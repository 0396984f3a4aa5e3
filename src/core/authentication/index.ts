/**
 * Authentication: how an account proves who it is, and how a proof becomes a session. Each factor is one module:
 * `password`, `challenge` (one-time codes and links) and `totp`. `completeSignIn` is the only way from a verified factor
 * to a session. Must not know a contract's wire format or HTTP.
 *
 * A factor that signs in on its own has a function that returns a `VerifiedFactor`. A factor that only adds to another
 * one, as TOTP does, is evaluated in the attempt of the first, so that one count and one refusal cover both.
 */
import type { Account } from '../account/index.ts';
import type { Stores } from '../storage.ts';
import type { AuthenticationMethod } from './methods.ts';

export type { ChallengeAnswer, LinkAnswer } from './challenge.ts';
export { completeSignIn } from './complete-sign-in.ts';
export { type AuthenticationMethod, methodsOf } from './methods.ts';

/** Who was authenticated, how, and when. Says nothing of what it is used for. */
export interface Authentication {
  /** As it was read. A session is opened only while the account is still in the epoch that stands here. */
  readonly account: Account;
  /** RFC 8176 `amr` values. */
  readonly methods: readonly AuthenticationMethod[];
  /** When the factors were verified, epoch milliseconds (`auth_time` of OpenID Connect). */
  readonly at: number;
}

/**
 * A factor whose evidence was right. It counts for nothing until it is used in a transaction: what can be used once is
 * used up there, so that of parallel requests with the same evidence one succeeds.
 *
 * @example
 * const verified = await verifyAssertion(core, assertion);
 * return completeSignIn(core, verified, { contract, client });
 */
export interface VerifiedFactor {
  /** How wrong evidence of this factor is refused. Also the refusal of right evidence that does not suffice any more. */
  readonly invalid: 'credentials_invalid' | 'code_invalid';
  /**
   * Called first in the transaction of the sign-in: uses up what works once, and reads the account.
   * @throws AuthError `invalid`, which rolls the transaction back
   */
  authenticate(stores: Stores): Promise<Authentication>;
  /** Called last in that transaction: clears the counters of failed attempts. */
  succeed?(stores: Stores): Promise<void>;
}
