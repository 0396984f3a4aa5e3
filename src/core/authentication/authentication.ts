import type { Account } from '../account/index.ts';
import type { Stores } from '../storage.ts';
import type { AuthenticationMethod } from './methods.ts';

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
