import type { SessionEndReason } from '../../session/index.ts';
import type { Stores } from '../../storage.ts';

/**
 * In the caller's transaction: the account moves to its next epoch, in which no session, code or link of before
 * counts, not even one whose insert is racing with this (SEC-062). `keep` is carried over.
 */
export async function endSessions(
  stores: Stores,
  accountId: string,
  ending: { readonly now: number; readonly reason: SessionEndReason; readonly keep?: string },
): Promise<{ readonly epoch: number; readonly ended: number }> {
  const epoch = await stores.accounts.advanceEpoch(accountId);
  return { epoch, ended: await stores.sessions.endAll(accountId, { ...ending, epoch }) };
}
