import type { Sealed } from '../../crypto/rotating-sealing.ts';

/** A TOTP secret as it is kept. */
export interface TotpCredential {
  /** Another one for every enrolment; the secret is sealed for it. */
  readonly id: string;
  readonly secret: Sealed;
}

export interface NewTotpCredential extends TotpCredential {
  readonly accountId: string;
  readonly enrolledAt: number;
}

/** A code that was right: the step it belongs to, and the newest step whose code can be shown at this time. */
export interface TotpUse {
  readonly credentialId: string;
  readonly step: number;
  readonly newestStep: number;
}

export interface TotpStore {
  find(accountId: string): Promise<TotpCredential | undefined>;
  /** Enrols, or replaces the secret: none of the codes of the one before counts any more. */
  set(credential: NewTotpCredential): Promise<void>;
  /**
   * Spends the code of a step, in one statement: true for one caller, ever. False too when the code of a later
   * step that can be shown by now was spent (SEC-032). A step spent while the clock was ahead stays spent, and
   * stands in nobody's way after the clock was put right (SEC-037). The time for which spent steps are remembered
   * is longer than any code is accepted.
   */
  spend(use: TotpUse): Promise<boolean>;
  /** True when there was one. */
  remove(accountId: string): Promise<boolean>;
  /** Secrets that another key than this one sealed, some at a time, in the order of their ids. */
  listSealedByOthers(
    keyId: string,
    page: { readonly after: string; readonly limit: number },
  ): Promise<TotpCredential[]>;
  /** Replaces the sealed bytes, if they are still those of `from`. */
  reseal(from: TotpCredential, to: Sealed): Promise<boolean>;
  /** Forgets spent steps before this one, at most `limit`; returns how many. */
  purge(beforeStep: number, limit: number): Promise<number>;
}
