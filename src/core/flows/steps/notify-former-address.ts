import { type Account, parseIdentifier } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import type { Stores } from '../../storage.ts';
import { undoDigest } from '../undo-address-change.ts';
import { leaveNotice } from './leave-notice.ts';

/**
 * In the transaction that moves the account to another e-mail address: a notice to the former one, if the account had
 * proved it, with a link that undoes the change (decision 21). An address that was not proved may be a stranger's.
 */
export async function notifyFormerAddress(
  core: Core,
  stores: Stores,
  { id: accountId, email: former, emailVerifiedAt }: Account,
  newAddress: string,
): Promise<void> {
  if (former === null || emailVerifiedAt === null) return;
  const email = parseIdentifier('email', former);
  const token = core.challengeSecrets.make('link');
  const expiresAt = core.clock.now() + core.policy.undoMs;
  const notice = { topic: 'email_changed', newAddress, link: core.undoUrl(token), expiresAt } as const;
  if (!(await leaveNotice(core, stores, email, notice))) return;
  await stores.addressUndos.add({ accountId, email, secretDigest: undoDigest(core, token), expiresAt });
}
