import type { Base } from '../base.ts';
import type { Account } from '../core/account/index.ts';
import { passwordCounter } from '../core/flows/steps/attempt-counters.ts';

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
    core.lockout.lockOf(passwordCounter(account.id)),
  ]);
  return { hasPassword: hash !== undefined, isLocked: lock !== undefined, lockedUntil: lock?.until ?? null };
}
