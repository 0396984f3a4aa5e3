import type { ChannelKind } from '../message/index.ts';

/** What a challenge lets its owner do. A secret for one purpose is worthless for another (SEC-022). */
export type ChallengePurpose = 'sign_up' | 'sign_in' | 'password_recovery' | 'email_change';

/** What the message carries: six digits to type, or 256 bits in a link. */
export type ChallengeForm = 'code' | 'link';

/**
 * A demand made by the server: expiring, single use. An account has at most one for each purpose, channel and form: the
 * newest. A decoy is a challenge without an account, written for an identifier that must look as if it had one. No answer
 * to a decoy is right (SEC-004, SEC-006).
 */
export interface Challenge {
  readonly id: string;
  /** Null in a decoy. */
  readonly accountId: string | null;
  /**
   * The next challenge with the same owner key, purpose, channel and form replaces this one: the account's id, or in a
   * decoy the keyed name of the identifier.
   */
  readonly ownerKey: string;
  readonly purpose: ChallengePurpose;
  readonly channel: ChannelKind;
  /** Look-up key of the identifier that the secret was sent to; in a decoy its keyed name. */
  readonly target: string;
  /** The same identifier as it is stored and written to; empty in a decoy. */
  readonly address: string;
  readonly form: ChallengeForm;
  readonly secretDigest: Uint8Array;
  /** The account's epoch at issue; the challenge dies with it. */
  readonly epoch: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}
