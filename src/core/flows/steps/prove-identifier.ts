import { type Account, isVerified, provedAt } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import type { ChannelKind } from '../../message/index.ts';
import type { Stores } from '../../storage.ts';
import { passwordCounter } from './attempt-counters.ts';
import { endSessions } from './end-sessions.ts';

/**
 * Somebody proved, other than by confirming a sign-up, that an address of the account is theirs. If nobody had
 * before, whatever was set up until now was set up by somebody who may not read that mailbox: the password and
 * TOTP go, sessions end (SEC-028). Returns the epoch the account is in afterwards.
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
  await stores.audit.record({ ...event, type: 'identifier_verified', detail: { kind } });
  if (isVerified(account)) return account.epoch;

  await stores.passwords.remove(account.id);
  if (await stores.totp.remove(account.id)) await stores.audit.record({ ...event, type: 'totp_removed' });
  await stores.lockouts.clear(passwordCounter(account.id), now);
  const { epoch } = await endSessions(stores, account.id, { now, reason: 'identifier_proved' });
  await stores.audit.record({ ...event, type: 'password_dropped' });
  return epoch;
}
