import type { Account, ContactIdentifier } from '../../account/index.ts';
import type { AuditEvent } from '../../audit/index.ts';
import type { Core } from '../../core.ts';
import type { Stores } from '../../storage.ts';
import { leaveNotice } from './leave-notice.ts';

/** What the audit events of the caller have in common. */
export type Happening = Pick<AuditEvent, 'at' | 'door' | 'actor' | 'address'>;

/**
 * Gives an address that was just proved to the account that proved it. Pending sign-ups for the address are gone before;
 * an active account that holds it unproved loses it, and keeps everything else (decision 20).
 * @returns false when another account has proved the address; the caller's transaction must not go on then
 */
export async function takeAddress(
  core: Core,
  stores: Stores,
  { account, address, happening }: { account: Account; address: ContactIdentifier; happening: Happening },
): Promise<boolean> {
  const { accounts } = stores;
  const holder = await accounts.findByIdentifier(address);
  if (holder !== undefined && holder.id !== account.id) {
    if (!(await accounts.releaseAddress(holder.id, address))) return false;
    await stores.challenges.cancelAll(holder.id);
    await stores.audit.record({
      ...happening,
      // To this account another one acts.
      actor: happening.actor ?? `account:${account.id}`,
      type: 'address_released',
      accountId: holder.id,
      detail: { kind: address.kind },
    });
    await notifyHolder(core, stores, holder);
  }
  const outcome =
    address.kind === 'email'
      ? await accounts.changeEmail(account.id, address, null)
      : await accounts.changePhone(account.id, address);
  if (outcome === 'taken') return false;
  await accounts.markVerified(account.id, address.kind, happening.at);
  return true;
}

/** The address that it lost was not proved, so that the notice goes to another one, which was. */
async function notifyHolder(core: Core, stores: Stores, holder: Account): Promise<void> {
  const { email, emailVerifiedAt, phone, phoneVerifiedAt } = holder;
  const notice = { topic: 'address_released' } as const;
  if (email !== null && emailVerifiedAt !== null) {
    await leaveNotice(core, stores, { kind: 'email', value: email }, notice);
  } else if (phone !== null && phoneVerifiedAt !== null) {
    await leaveNotice(core, stores, { kind: 'phone', value: phone }, notice);
  }
}
