import type { Core } from '../core.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';
import { countersOf } from './steps/attempt-counters.ts';

/**
 * Deletes the account and all that hangs on it but the audit trail. Its identifiers are free again; its UUID and
 * number are never used again.
 * @throws AuthError `account_gone`
 */
export async function deleteAccount(core: Core, act: Act): Promise<void> {
  await actOnAccount(core, act, async ({ stores, account, now, record }) => {
    await stores.accounts.delete(account.id);
    for (const counter of countersOf(account.id)) await stores.lockouts.clear(counter, now);
    await record({ type: 'account_deleted' });
  });
}

deleteAccount.errors = ['account_gone'] as const;
