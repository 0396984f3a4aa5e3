import type { Account, ProfilePatch } from '../account/index.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import type { AuthenticatedSession } from '../session/index.ts';
import type { Permit } from '../throttle/index.ts';

export interface ProfileChange {
  readonly permit: Permit<'profile'>;
  readonly live: AuthenticatedSession;
  readonly patch: ProfilePatch;
}

/** Changes what people may say about themselves. @throws AuthError `account_gone` */
export async function updateProfile(core: Core, { live, permit, patch }: ProfileChange): Promise<Account> {
  const { id: accountId } = live.account;
  const { id: sessionId, contract: door } = live.session;
  return core.storage.transaction(async (stores) => {
    const account = await stores.accounts.updateProfile(accountId, patch);
    if (account === undefined) throw new AuthError('account_gone');
    const detail = { fields: Object.keys(patch).join(' ') };
    await stores.audit.record({
      at: core.clock.now(),
      type: 'account_updated',
      accountId,
      sessionId,
      door,
      address: permit.client.address,
      detail,
    });
    return account;
  });
}

updateProfile.errors = ['account_gone'] as const;
