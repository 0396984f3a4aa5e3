import type { Core } from '../core.ts';
import type { AuthenticatedSession } from '../session/index.ts';
import type { Client } from '../throttle/index.ts';
import { lockoutCountersOf } from '../throttle/index.ts';
import { type Act, actOnAccount, ownActor } from './steps/act-on-account.ts';

/**
 * Deletes the account and all that hangs on it but the audit trail. Its identifiers are free again; its UUID and
 * number are never used again.
 * @throws AuthError `account_gone`
 */
export async function deleteAccount(core: Core, act: Act): Promise<void> {
  await actOnAccount(core, act, async ({ stores, account, now, record }) => {
    await stores.accounts.delete(account.id);
    for (const counter of lockoutCountersOf(account.id)) await stores.lockouts.clear(counter, now);
    await record({ type: 'account_deleted' });
  });
}

deleteAccount.errors = ['account_gone'] as const;
/** The same by the account itself, which the event names as the actor. @throws AuthError `account_gone`, `token_invalid` */
export async function deleteOwnAccount(
  core: Core,
  { live, client }: { readonly live: AuthenticatedSession; readonly client: Client },
): Promise<void> {
  await deleteAccount(core, {
    actor: ownActor(live, client),
    account: live.account,
    epoch: live.account.epoch,
  });
}

deleteOwnAccount.errors = [...deleteAccount.errors, 'token_invalid'] as const;
