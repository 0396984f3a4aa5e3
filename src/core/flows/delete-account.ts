import type { Account } from '../account/index.ts';
import type { Core } from '../core.ts';
import { countersOf } from './steps/attempt-counters.ts';

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
    const at = core.clock.now();
    for (const counter of countersOf(account.id)) await stores.lockouts.clear(counter, at);
    if (deleted) await stores.audit.record({ at, type: 'account_deleted', accountId: account.id, door });
    return deleted;
  });
}
