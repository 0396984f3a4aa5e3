/**
 * What an account proves itself with. Owns password rules, who may hash when, and TOTP secrets; must not know the
 * hash algorithm, or who is asking.
 */
export { PasswordHasher } from './password-hasher.ts';
export {
  assertChanged,
  assertStrongPassword,
  canonicalPassword,
  isPasswordTooLong,
  type OwnIdentifiers,
  PASSWORD_MAX_BYTES,
  type PasswordPolicy,
} from './password-rules.ts';
export type { PasswordStore } from './password-store.ts';
export { countUnreadableTotp, sealedByOthers } from './sealed-by-others.ts';
export { TotpSecrets } from './totp-secrets.ts';
export type { NewTotpCredential, TotpCredential, TotpStore, TotpUse } from './totp-store.ts';
