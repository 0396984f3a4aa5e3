import type { Core } from '../core.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';
import { endSessions } from './steps/end-sessions.ts';

/** Signs the account out everywhere; returns how many sessions ended. @throws AuthError `account_gone` */
export async function revokeSessions(core: Core, act: Act): Promise<number> {
  return actOnAccount(core, act, async ({ stores, account, now, record }) => {
    const { ended } = await endSessions(stores, account.id, { now, reason: 'revoked' });
    await record({ type: 'sessions_revoked', detail: { sessions: ended } });
    return ended;
  });
}

revokeSessions.errors = ['account_gone'] as const;
