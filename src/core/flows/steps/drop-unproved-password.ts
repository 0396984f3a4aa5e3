import type { SessionEndReason } from '../../session/index.ts';
import type { Stores } from '../../storage.ts';
import { passwordCounter } from '../../throttle/index.ts';
import { endSessions } from './end-sessions.ts';
import type { Happening } from './take-address.ts';

/**
 * In the caller's transaction: an active account proves an address for the first time. Its password may be that of a
 * person who does not read this mailbox: it goes, and sessions end (SEC-028).
 * @param reason why the sessions end
 */
export async function dropUnprovedPassword(
  stores: Stores,
  accountId: string,
  happening: Happening,
  reason: SessionEndReason = 'identifier_proved',
): Promise<void> {
  const { at: now } = happening;
  const hadPassword = await stores.passwords.remove(accountId);
  await stores.lockouts.clear(passwordCounter(accountId), now);
  await endSessions(stores, accountId, { now, reason });
  if (hadPassword) await stores.audit.record({ ...happening, accountId, type: 'password_dropped' });
}
