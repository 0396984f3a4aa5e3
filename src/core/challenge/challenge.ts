import type { ChannelKind } from '../message/index.ts';

/** What a challenge lets its owner do. A secret for one purpose is worthless for another (SEC-022). */
export type ChallengePurpose = 'sign_up' | 'sign_in' | 'password_recovery' | 'email_change';

/** What the message carries: six digits to type, or 256 bits in a link. */
export type ChallengeForm = 'code' | 'link';

/** A demand made by the server: expiring, single use. One account has at most one for each purpose: the newest. */
export interface Challenge {
  readonly id: string;
  readonly accountId: string;
  readonly purpose: ChallengePurpose;
  readonly channel: ChannelKind;
  /** Look-up key of the identifier that the secret was sent to. */
  readonly target: string;
  /** The same identifier as it is stored and written to. */
  readonly address: string;
  readonly form: ChallengeForm;
  readonly secretDigest: Uint8Array;
  /** The account's epoch at issue; the challenge dies with it. */
  readonly epoch: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}
