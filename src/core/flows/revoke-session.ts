import type { Core } from '../core.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';

interface Revocation extends Act {
  readonly sessionId: string;
}

/**
 * Ends one session of the account. `over` when it had ended before, `unknown` when the account has none such.
 * @throws AuthError `account_gone`
 */
export async function revokeSession(
  core: Core,
  { sessionId, ...act }: Revocation,
): Promise<'revoked' | 'over' | 'unknown'> {
  return actOnAccount(core, act, async ({ stores, account, now, record }) => {
    const sessions = await stores.sessions.list(account.id);
    if (!sessions.some(({ id }) => id === sessionId)) return 'unknown';
    if (!(await stores.sessions.end(sessionId, { now, reason: 'revoked' }))) return 'over';
    await record({ type: 'sessions_revoked', sessionId, detail: { sessions: 1 } });
    return 'revoked';
  });
}

revokeSession.errors = ['account_gone'] as const;
