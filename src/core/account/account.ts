import type { ContactIdentifier } from './identifier.ts';

/** A person or system that can sign in. Instants are epoch milliseconds; null means "never" or "not set". */
export interface Account {
  /** UUID v4. */
  readonly id: string;
  /** Small integer, never used twice; what Notes and Ibanera show. */
  readonly number: number;
  readonly username: string | null;
  readonly email: string | null;
  /** E.164. */
  readonly phone: string | null;
  readonly fullName: string | null;
  readonly givenName: string | null;
  readonly familyName: string | null;
  /** `YYYY-MM-DD`. */
  readonly birthDate: string | null;
  readonly bio: string | null;
  readonly isSuperuser: boolean;
  readonly isStaff: boolean;
  readonly createdAt: number;
  /** From here on its identifiers are taken; before, it is a pending sign-up. */
  readonly activatedAt: number | null;
  readonly emailVerifiedAt: number | null;
  readonly phoneVerifiedAt: number | null;
  /** When the account first proved any address; stays when the account moves to an address that it has not proved. */
  readonly firstProvedAt: number | null;
  readonly disabledAt: number | null;
  readonly lastSeenAt: number | null;
  /**
   * Counts the events that end sessions. A session or challenge made in an earlier epoch is dead, even one
   * whose insert raced with the event (SEC-062).
   */
  readonly epoch: number;
}

/** When somebody proved that this address of the account is theirs. */
export function provedAt(account: Account, kind: ContactIdentifier['kind']): number | null {
  return kind === 'email' ? account.emailVerifiedAt : account.phoneVerifiedAt;
}

/** Whether somebody has proved that one of the account's addresses is theirs. */
export function isVerified(account: Account): boolean {
  return account.emailVerifiedAt !== null || account.phoneVerifiedAt !== null;
}

/**
 * Whether nobody else can sign up with, or move to, this address of the account. An address of a pending sign-up is not
 * held, nor one that was only written into an account which has proved itself by another (decision 20): whoever proves
 * such an address gets it.
 */
export function isHeld(account: Account, kind: ContactIdentifier['kind']): boolean {
  const { activatedAt, firstProvedAt } = account;
  return activatedAt !== null && (firstProvedAt === null || provedAt(account, kind) !== null);
}
