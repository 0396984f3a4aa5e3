import { type Account, isVerified, parseIdentifier, provedAt } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import { AuthError } from '../../errors.ts';
import type { ChannelKind } from '../../message/index.ts';
import type { Stores } from '../../storage.ts';
import { deletePending } from './delete-pending.ts';
import { dropUnprovedPassword } from './drop-unproved-password.ts';

/**
 * In the caller's transaction: an address of the account was proved, other than by confirming a sign-up. If no address
 * of the account was proved until now, the password may be that of a person who does not read this mailbox: it goes, and
 * sessions end (SEC-028). TOTP stays: a mailbox alone never removes it (decision 21).
 * @returns the account as it is afterwards
 */
export async function proveIdentifier(
  core: Core,
  stores: Stores,
  { account, channel, door }: { account: Account; channel: ChannelKind; door: string },
): Promise<Account> {
  const kind = channel === 'email' ? 'email' : 'phone';
  const now = core.clock.now();
  const happening = { at: now, door };
  const event = { ...happening, accountId: account.id };
  if (provedAt(account, kind) !== null) return account;

  await stores.accounts.markVerified(account.id, kind, now);
  // Sign-ups that wait to take the address from this account.
  const proved = account[kind];
  if (proved !== null) await deletePending(stores, { [kind]: parseIdentifier(kind, proved) }, happening);
  await stores.audit.record({ ...event, type: 'identifier_verified', detail: { kind } });
  if (!isVerified(account)) await dropUnprovedPassword(stores, account.id, happening);
  const after = await stores.accounts.findById(account.id);
  if (after === undefined) throw new AuthError('account_gone').about(account.id);
  return after;
}
