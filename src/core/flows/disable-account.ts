import type { Account } from '../account/index.ts';
import type { Core } from '../core.ts';
import { endSessions } from './steps/end-sessions.ts';

interface Switch {
  /** Who does it, for the audit trail. */
  readonly door: string;
  readonly account: Account;
}

/** No door opens, every session ends, codes and links under way die. */
export async function disableAccount(core: Core, { door, account }: Switch): Promise<void> {
  await core.storage.transaction(async (stores) => {
    const now = core.clock.now();
    await stores.accounts.setDisabled(account.id, now);
    await endSessions(stores, account.id, { now, reason: 'account_disabled' });
    await stores.audit.record({ at: now, type: 'account_disabled', accountId: account.id, door });
  });
}

/** Doors open again; sessions that ended stay ended. */
export async function enableAccount(core: Core, { door, account }: Switch): Promise<void> {
  await core.storage.transaction(async (stores) => {
    await stores.accounts.setDisabled(account.id, null);
    await stores.audit.record({ at: core.clock.now(), type: 'account_enabled', accountId: account.id, door });
  });
}
