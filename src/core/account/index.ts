/**
 * Accounts and the identifiers that find them. Owns what an account is and how a text becomes an identifier;
 * must not know credentials, sessions, or how rows are kept.
 */
export { type Account, isHeld, isVerified, provedAt } from './account.ts';
export type {
  AccountStore,
  CreateOutcome,
  NewAccount,
  PendingSignUp,
  ProfilePatch,
  Rights,
  SignUpOrigin,
} from './account-store.ts';
export type { AddressUndo, AddressUndoStore, NewAddressUndo } from './address-undo-store.ts';
export {
  type ContactIdentifier,
  IDENTIFIER_MAX_LENGTH,
  type Identifier,
  type IdentifierKind,
  keyPrefix,
  kindOf,
  parseContact,
  parseIdentifier,
  parseLogin,
  UUID,
} from './identifier.ts';
export { isCallingArea, isNumberIn } from './phone-number.ts';
export { isOneLine, isPlainText } from './plain-text.ts';
