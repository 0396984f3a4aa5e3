import { type Account, isVerified, parseIdentifier, provedAt } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import { AuthError } from '../../errors.ts';
import type { ChannelKind } from '../../message/index.ts';
import type { SessionEndReason } from '../../session/index.ts';
import type { Stores } from '../../storage.ts';
import { deletePending } from './delete-pending.ts';
import { dropUnprovedPassword } from './drop-unproved-password.ts';

interface Proof {
  readonly account: Account;
  readonly channel: ChannelKind;
  readonly door: string;
  /** Why the sessions end that a first proof ends, where the flow has a reason of its own. */
  readonly reason?: SessionEndReason;
}

/**
 * In the caller's transaction: an address of the account was proved, other than by confirming a sign-up. If no address
 * of the account was proved until now, the password may be that of a person who does not read this mailbox: it goes, and
 * sessions end (SEC-028). TOTP stays: a mailbox alone never removes it (decision 21).
 * @returns the account as it is afterwards
 */
export async function proveIdentifier(
  core: Core,
  stores: Stores,
  { account, channel, door, reason }: Proof,
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
  if (!isVerified(account)) await dropUnprovedPassword(stores, account.id, happening, reason);
  const after = await stores.accounts.findById(account.id);
  if (after === undefined)
    throw new AuthError('code_invalid', { reason: 'the account is gone' }).about(account.id);
  return after;
}
