import type { Account } from '../account/index.ts';
import type { Core } from '../core.ts';

interface Revocation {
  readonly door: string;
  readonly account: Account;
  readonly sessionId: string;
}

/** Ends one session of the account. `over` when it had ended before, `unknown` when the account has none such. */
export async function revokeSession(
  core: Core,
  { door, account, sessionId }: Revocation,
): Promise<'revoked' | 'over' | 'unknown'> {
  return core.storage.transaction(async (stores) => {
    const sessions = await stores.sessions.list(account.id);
    if (!sessions.some(({ id }) => id === sessionId)) return 'unknown';
    const now = core.clock.now();
    if (!(await stores.sessions.end(sessionId, { now, reason: 'revoked' }))) return 'over';
    const detail = { sessions: 1 };
    const event = { at: now, accountId: account.id, sessionId, door, detail };
    await stores.audit.record({ ...event, type: 'sessions_revoked' });
    return 'revoked';
  });
}
