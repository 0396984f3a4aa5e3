import type { ChallengeForm } from './challenge/index.ts';
import type { PasswordPolicy } from './credential/index.ts';
import type { TokenFormat } from './session/index.ts';

/**
 * What an account must be to sign in. `activated`: no pending sign-up. `totp`: the account must have TOTP, and show a
 * code with the password and with every access token.
 */
export type AccountRequirement = 'activated' | 'verified' | 'enabled' | 'totp';

/** The few things in which contracts may differ for core. Everything else is the same at each of them. */
export interface ContractPolicy {
  /** The contract's name, which sessions and audit events carry. The host fills it in. */
  readonly name: string;
  /**
   * Whether clients may learn that an identifier has an account. True only where the contract's documentation tells and
   * the operator has not chosen `LATCHKEY_ENUMERATION=hardened`.
   */
  readonly disclosesExistence: boolean;
  /** Checked in this order, after the credentials were right: the first that is not met is the answer. */
  readonly requirements: readonly AccountRequirement[];
  readonly passwordPolicy: PasswordPolicy;
  /** How long a code or link works, in milliseconds. */
  readonly challengeMs: Readonly<Record<ChallengeForm, number>>;
  readonly tokens: TokenFormat;
  /** However often it is refreshed, a session ends after this many milliseconds. */
  readonly sessionMs: number;
}
