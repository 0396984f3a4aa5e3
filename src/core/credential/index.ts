/**
 * What an account proves itself with. Owns password rules and who may hash when; must not know the hash
 * algorithm, or who is asking.
 */
export { PasswordHasher } from './password-hasher.ts';
export {
  assertChanged,
  assertStrongPassword,
  canonicalPassword,
  type OwnIdentifiers,
  PASSWORD_MAX_BYTES,
  type PasswordPolicy,
} from './password-rules.ts';
export type { PasswordStore } from './password-store.ts';
