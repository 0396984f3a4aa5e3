import type { Base } from '../base.ts';
import type { Account } from '../core/account/index.ts';
import { lockoutSubjectOf } from '../core/flows/steps/prove-password.ts';

/** Whether a password would let somebody in, apart from what the account itself says. */
export interface SignInState {
  readonly hasPassword: boolean;
  readonly isLocked: boolean;
  /** Null where no lock is, or only a new password ends it. */
  readonly lockedUntil: number | null;
}

export async function signInStateOf({ storage, core }: Base, account: Account): Promise<SignInState> {
  const [hash, lock] = await Promise.all([
    storage.passwords.find(account.id),
    core.lockout.lockOf(lockoutSubjectOf(account)),
  ]);
  return { hasPassword: hash !== undefined, isLocked: lock !== undefined, lockedUntil: lock?.until ?? null };
}
