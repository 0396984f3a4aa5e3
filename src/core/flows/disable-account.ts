import type { Core } from '../core.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';
import { endSessions } from './steps/end-sessions.ts';

/** Blocks sign-in, ends every session, and invalidates codes and links. @throws AuthError `account_gone` */
export async function disableAccount(core: Core, act: Act): Promise<void> {
  await actOnAccount(core, act, async ({ stores, account, now, record }) => {
    await stores.accounts.setDisabled(account.id, now);
    await endSessions(stores, account.id, { now, reason: 'account_disabled' });
    await record({ type: 'account_disabled' });
  });
}

/**
 * Ends what `disableAccount` began; sessions that ended stay ended. A pending sign-up stays pending.
 * @throws AuthError `account_gone`
 */
export async function enableAccount(core: Core, act: Act): Promise<void> {
  await actOnAccount(core, act, async ({ stores, account, record }) => {
    await stores.accounts.setDisabled(account.id, null);
    await record({ type: 'account_enabled' });
  });
}

disableAccount.errors = ['account_gone'] as const;
enableAccount.errors = ['account_gone'] as const;
