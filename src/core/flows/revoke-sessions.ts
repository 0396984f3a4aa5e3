import type { Account } from '../account/index.ts';
import type { Core } from '../core.ts';
import { endSessions } from './steps/end-sessions.ts';

/** Signs the account out everywhere; returns how many sessions ended. */
export async function revokeSessions(
  core: Core,
  { door, account }: { readonly door: string; readonly account: Account },
): Promise<number> {
  return core.storage.transaction(async (stores) => {
    const now = core.clock.now();
    const { ended } = await endSessions(stores, account.id, { now, reason: 'revoked' });
    const detail = { sessions: ended };
    await stores.audit.record({ at: now, type: 'sessions_revoked', accountId: account.id, door, detail });
    return ended;
  });
}
