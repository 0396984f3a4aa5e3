import type { Account } from './account.ts';
import type { ContactIdentifier, Identifier } from './identifier.ts';

export interface NewAccount {
  readonly id: string;
  readonly username?: Identifier;
  readonly email?: ContactIdentifier;
  readonly phone?: ContactIdentifier;
  readonly fullName?: string | null;
  readonly isSuperuser?: boolean;
  readonly isStaff?: boolean;
  readonly createdAt: number;
  readonly activatedAt: number | null;
  readonly emailVerifiedAt: number | null;
  readonly phoneVerifiedAt: number | null;
  readonly disabledAt?: number | null;
}

/** What a person may change about themselves. Absent fields stay; null clears. */
export interface ProfilePatch {
  readonly fullName?: string | null;
  readonly givenName?: string | null;
  readonly familyName?: string | null;
  readonly birthDate?: string | null;
  readonly bio?: string | null;
}

/** What an account may do to others. Absent fields stay. */
export interface Rights {
  readonly isSuperuser?: boolean;
  readonly isStaff?: boolean;
}

export type CreateOutcome =
  | { readonly kind: 'created'; readonly account: Account }
  | { readonly kind: 'taken'; readonly by: 'username' | 'email' | 'phone' };

/** Keys are unique in the database itself, so that two parallel writers cannot both have one (SEC-089). */
export interface AccountStore {
  findById(id: string): Promise<Account | undefined>;
  findByNumber(number: number): Promise<Account | undefined>;
  findByIdentifier(identifier: Identifier): Promise<Account | undefined>;
  /** Never throws for a taken identifier: the outcome names which one. */
  create(account: NewAccount): Promise<CreateOutcome>;
  /**
   * Deletes the pending sign-up that has exactly these identifiers, with everything that hangs on it (README of
   * the contracts, 'Pending sign-ups'). A pending sign-up with one of them and another beside it stays.
   */
  deletePending(identifiers: Pick<NewAccount, 'username' | 'email' | 'phone'>): Promise<number>;
  /** Marks the address as proved and the account as active, each only if it was not before. */
  markVerified(id: string, kind: 'email' | 'phone', now: number): Promise<void>;
  updateProfile(id: string, patch: ProfilePatch): Promise<Account | undefined>;
  /** Moves the account to an address; `verifiedAt` is null for one that nobody has proved. */
  changeEmail(id: string, email: ContactIdentifier, verifiedAt: number | null): Promise<'changed' | 'taken'>;
  changeUsername(id: string, username: Identifier | null): Promise<'changed' | 'taken'>;
  setRights(id: string, rights: Rights): Promise<void>;
  /** From here on its identifiers are its own, if they were not before. */
  activate(id: string, now: number): Promise<void>;
  setDisabled(id: string, disabledAt: number | null): Promise<Account | undefined>;
  /** Starts a new epoch, which ends every session and challenge of the account; returns its number. */
  advanceEpoch(id: string): Promise<number>;
  /** Notes that the account was here, unless it was noted after `unlessSince`. */
  touch(id: string, options: { now: number; unlessSince: number }): Promise<void>;
  delete(id: string): Promise<boolean>;
  /** Newest first. */
  list(page: { skip: number; limit: number }): Promise<Account[]>;
  count(): Promise<number>;
  /** Deletes pending sign-ups created before `before`, at most `limit`; returns how many. */
  purgePending(before: number, limit: number): Promise<number>;
}
