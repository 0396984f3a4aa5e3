import type { Core } from '../core.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';
import { endSessions } from './steps/end-sessions.ts';

/**
 * Takes the TOTP secret from the account and ends its sessions. False when it had none: nothing changes.
 * @throws AuthError `account_gone`
 */
export async function removeTotp(core: Core, act: Act): Promise<boolean> {
  return actOnAccount(core, act, async ({ stores, account, now, record }) => {
    if (!(await stores.totp.remove(account.id))) return false;
    await endSessions(stores, account.id, { now, reason: 'totp_changed' });
    await record({ type: 'totp_removed' });
    return true;
  });
}

removeTotp.errors = ['account_gone'] as const;
