import type { ContactIdentifier } from './identifier.ts';

/** A link that undoes a change of address. Survives epochs, and with them password changes and resets. */
export interface NewAddressUndo {
  readonly accountId: string;
  /** The former address, which the account had proved. */
  readonly email: ContactIdentifier;
  readonly secretDigest: Uint8Array;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export interface AddressUndo extends Omit<NewAddressUndo, 'secretDigest'> {
  /** Grows with each link: a change that came later has a higher one. */
  readonly sequence: number;
}

export interface AddressUndoStore {
  add(undo: NewAddressUndo): Promise<void>;
  /** Expired ones are returned, too; the caller compares. */
  find(secretDigest: Uint8Array): Promise<AddressUndo | undefined>;
  /** Atomic: true for exactly one caller, and only before the link expires. */
  use(sequence: number, now: number): Promise<boolean>;
  /** Deletes the account's links that are newer than this one. */
  cancelAfter(undo: Pick<AddressUndo, 'accountId' | 'sequence'>): Promise<void>;
  /** Deletes what expired before `before`, at most `limit`; returns how many. */
  purge(before: number, limit: number): Promise<number>;
}
