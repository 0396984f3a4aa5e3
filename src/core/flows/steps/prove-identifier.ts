import { type Account, isVerified, parseIdentifier, provedAt } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import type { ChannelKind } from '../../message/index.ts';
import type { Stores } from '../../storage.ts';
import { passwordCounter } from './attempt-counters.ts';
import { endSessions } from './end-sessions.ts';

/**
 * In the caller's transaction: an address of the account was proved, other than by confirming a sign-up. If no address
 * of the account was proved until now, the password may be that of a person who does not read this mailbox: it goes, and
 * sessions end (SEC-028). TOTP stays: a mailbox alone never removes it (decision 21).
 * @returns the epoch that the account is in afterwards
 */
export async function proveIdentifier(
  core: Core,
  stores: Stores,
  { account, channel, door }: { account: Account; channel: ChannelKind; door: string },
): Promise<number> {
  const kind = channel === 'email' ? 'email' : 'phone';
  const now = core.clock.now();
  const event = { at: now, accountId: account.id, door };
  if (provedAt(account, kind) !== null) return account.epoch;

  await stores.accounts.markVerified(account.id, kind, now);
  // Sign-ups that wait to take the address from this account.
  const proved = account[kind];
  if (proved !== null) await stores.accounts.deletePending({ [kind]: parseIdentifier(kind, proved) });
  await stores.audit.record({ ...event, type: 'identifier_verified', detail: { kind } });
  if (isVerified(account)) return account.epoch;

  await stores.passwords.remove(account.id);
  await stores.lockouts.clear(passwordCounter(account.id), now);
  const { epoch } = await endSessions(stores, account.id, { now, reason: 'identifier_proved' });
  await stores.audit.record({ ...event, type: 'password_dropped' });
  return epoch;
}
