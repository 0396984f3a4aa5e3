import type { Core } from '../core.ts';
import { type Lock, lockoutCountersOf } from '../throttle/index.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';

/**
 * Ends the lock after wrong passwords or TOTP codes and resets both counts. Passwords and sessions stay.
 * @returns the locks that were in force
 * @throws AuthError `account_gone`
 */
export async function unlockAccount(core: Core, act: Act): Promise<readonly Lock[]> {
  return actOnAccount(core, act, async ({ stores, account, now, record }) => {
    const locks: Lock[] = [];
    for (const counter of lockoutCountersOf(account.id)) {
      const lock = await stores.lockouts.lockOf(counter, core.lockout.policy, now);
      if (lock !== undefined) locks.push(lock);
      await stores.lockouts.clear(counter, now);
    }
    await record({ type: 'account_unlocked' });
    return locks;
  });
}

unlockAccount.errors = ['account_gone'] as const;
