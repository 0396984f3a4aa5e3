/**
 * Names of the lockout counters. Storage purges those of identifiers by their prefix.
 *
 * An account has two: one for its password, counted at every contract, and one for its TOTP, counted at the contracts
 * that demand TOTP. A password-only sign-in and a reset clear the first, never the second.
 */
export const passwordCounter = (accountId: string): string => `account:${accountId}`;

/** Where no account has the identifier. @param name the keyed name of the identifier (`Core.nameOf`) */
export const identifierCounter = (name: string): string => `identifier:${name}`;

/** @param counter of the password or identifier that is shown together with the TOTP */
export const totpCounter = (counter: string): string => `totp:${counter}`;

/** All counters of an account. */
export const lockoutCountersOf = (accountId: string): readonly string[] => {
  const counter = passwordCounter(accountId);
  return [counter, totpCounter(counter)];
};
