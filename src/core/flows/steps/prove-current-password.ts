import type { Account } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import { AuthError } from '../../errors.ts';
import { type PasswordClaim, type PasswordProof, provePassword } from './prove-password.ts';

/**
 * Somebody who is signed in shows that they still know the password. Counts together with sign-ins: a stolen
 * token must not be a way to guess on (SEC-010).
 * @throws AuthError `password_absent`, `password_incorrect`, `account_locked`, `overloaded`; whatever `onProved` throws
 */
export async function proveCurrentPassword<T>(
  core: Core,
  claim: PasswordClaim & { readonly account: Account },
  onProved: (proof: PasswordProof) => Promise<T>,
): Promise<T> {
  core.passwords.assertRoom();
  if ((await core.storage.passwords.find(claim.account.id)) === undefined)
    throw new AuthError('password_absent');
  try {
    return await provePassword(core, claim, onProved);
  } catch (error) {
    const wrong = error instanceof AuthError && error.code === 'credentials_invalid';
    throw wrong ? new AuthError('password_incorrect', { cause: error }) : error;
  }
}
