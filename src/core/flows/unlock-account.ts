import type { Core } from '../core.ts';
import { lockoutCountersOf } from '../throttle/index.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';

/**
 * Ends the lock after wrong passwords or TOTP codes and resets both counts. Passwords and sessions stay.
 * @throws AuthError `account_gone`
 */
export async function unlockAccount(core: Core, act: Act): Promise<void> {
  await actOnAccount(core, act, async ({ stores, account, now, record }) => {
    for (const counter of lockoutCountersOf(account.id)) await stores.lockouts.clear(counter, now);
    await record({ type: 'account_unlocked' });
  });
}

unlockAccount.errors = ['account_gone'] as const;
