import type { Account } from '../account/index.ts';
import type { Core } from '../core.ts';
import { lockoutSubjectOf } from './steps/prove-password.ts';

/**
 * Deletes the account and all that hangs on it but the audit trail. Its identifiers are free again; its UUID and
 * number are never used again. True when it was there.
 */
export async function deleteAccount(
  core: Core,
  { door, account }: { readonly door: string; readonly account: Account },
): Promise<boolean> {
  return core.storage.transaction(async (stores) => {
    const deleted = await stores.accounts.delete(account.id);
    await stores.lockouts.clear(lockoutSubjectOf(account));
    const at = core.clock.now();
    if (deleted) await stores.audit.record({ at, type: 'account_deleted', accountId: account.id, door });
    return deleted;
  });
}
