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
  /** Of a pending sign-up. */
  readonly signUp?: NewSignUp;
}

/** Where a sign-up came from. */
export interface SignUpOrigin {
  /** Name of the contract. */
  readonly contract: string;
  /** The client's network, IPv4 /24 or IPv6 /48. */
  readonly network: string;
}

/** The address that a pending sign-up is for, which another account may still hold, and its origin. */
export interface NewSignUp extends SignUpOrigin {
  readonly address: ContactIdentifier;
  /** Another sign-up for the address, with another password and from elsewhere, was pending before it. */
  readonly isContested: boolean;
}

/** A pending sign-up as it is found by its address. The origin is empty where it is not known. */
export interface PendingSignUp extends SignUpOrigin {
  readonly accountId: string;
  /** As it is written to; null where the account itself holds it. */
  readonly address: string | null;
  readonly isContested: boolean;
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
   * The pending sign-up for an address, or that holds it. In a transaction, other transactions that ask for this address
   * here or in `deletePending` wait until it ends.
   */
  findPending(address: ContactIdentifier): Promise<PendingSignUp | undefined>;
  /**
   * Deletes the pending sign-ups for these addresses, whatever username they have, with everything that hangs on them;
   * returns their ids.
   */
  deletePending(addresses: Pick<NewAccount, 'email' | 'phone'>): Promise<string[]>;
  /** The address that a pending sign-up is for, also while another account holds it; undefined when it is not pending. */
  signUpAddress(id: string): Promise<ContactIdentifier | undefined>;
  /** Whether this is a pending sign-up that another one competed with. */
  isContested(id: string): Promise<boolean>;
  /** Takes an unproved address from the account. False when it does not hold it, or has proved it. */
  releaseAddress(id: string, address: ContactIdentifier): Promise<boolean>;
  /** Marks the address as proved and the account as active, each only if it was not before. */
  markVerified(id: string, kind: 'email' | 'phone', now: number): Promise<void>;
  updateProfile(id: string, patch: ProfilePatch): Promise<Account | undefined>;
  /** Moves the account to an address; `verifiedAt` is null for one that nobody has proved. */
  changeEmail(id: string, email: ContactIdentifier, verifiedAt: number | null): Promise<'changed' | 'taken'>;
  /** Sets a phone number, which is not verified. */
  changePhone(id: string, phone: ContactIdentifier): Promise<'changed' | 'taken'>;
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
  /**
   * Accounts whose e-mail key or username key begins with `prefix`: the first `limit` by key, ordered by number.
   * Case-sensitive: `prefix` must come from `keyPrefix`.
   */
  findByPrefix(prefix: string, limit: number): Promise<Account[]>;
  /** Newest first. */
  list(page: { skip: number; limit: number }): Promise<Account[]>;
  /** All accounts, pending ones too. Exact at each commit, at a cost that does not grow with them. */
  count(): Promise<number>;
  /** Deletes pending sign-ups created before `before`, at most `limit`; returns how many. */
  purgePending(before: number, limit: number): Promise<number>;
}
