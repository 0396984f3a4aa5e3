import type { ChallengeForm } from './challenge/index.ts';
import type { PasswordPolicy } from './credential/index.ts';
import type { TokenFormat } from './session/index.ts';

/**
 * `activated`: no pending sign-up. `totp`: the account must have it, and show a code with the password and with
 * every access token.
 */
export type AccountDemand = 'activated' | 'verified' | 'enabled' | 'totp';

/** What one contract asks of core: the few things in which contracts may differ. Everything else is the same. */
export interface Door {
  /** The contract's name; sessions and audit events carry it. */
  readonly contract: string;
  /**
   * Whether it may be told who has an account. True only where the contract's documentation tells and the
   * operator has not chosen `LATCHKEY_ENUMERATION=hardened`.
   */
  readonly discloses: boolean;
  /** What an account must be to sign in, in the order in which the contract tells; only after right credentials. */
  readonly demands: readonly AccountDemand[];
  readonly passwordPolicy: PasswordPolicy;
  readonly challengeMs: Readonly<Record<ChallengeForm, number>>;
  readonly tokens: TokenFormat;
  /** However often it is refreshed, a session ends after this. */
  readonly sessionMs: number;
}
