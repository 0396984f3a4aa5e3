import { createRequire } from 'node:module';

type CommonPasswords = typeof import('@zxcvbn-ts/language-common');

const require = createRequire(import.meta.url);
let known: ReadonlySet<string> | undefined;

/**
 * One of 49,000 leaked and guessed passwords, in any case. The list costs 10 MB, so it is loaded when the first
 * password is set: a process that only checks tokens never needs it.
 */
export function isCommonPassword(password: string): boolean {
  if (known === undefined) {
    const { dictionary } = require('@zxcvbn-ts/language-common') as CommonPasswords;
    known = new Set(dictionary['passwords-common'].map(String));
  }
  return known.has(password.toLowerCase());
}
