import type { Account } from '../account/index.ts';
import type { Core } from '../core.ts';

/** Takes the TOTP secret from the account and ends its sessions. False when it had none: nothing changes. */
export async function removeTotp(
  core: Core,
  { door, account }: { readonly door: string; readonly account: Account },
): Promise<boolean> {
  return core.storage.transaction(async (stores) => {
    if (!(await stores.totp.remove(account.id))) return false;
    const now = core.clock.now();
    const epoch = await stores.accounts.advanceEpoch(account.id);
    await stores.sessions.endAll(account.id, { now, reason: 'totp_changed', epoch });
    await stores.audit.record({ at: now, type: 'totp_removed', accountId: account.id, door });
    return true;
  });
}
