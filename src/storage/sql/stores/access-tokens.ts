import type { AccessTokenStore } from '../../../core/session/index.ts';
import { type Handles, inTransaction } from './handles.ts';
import type { LiveSessions } from './live-sessions.ts';
import { prepared } from './prepared-query.ts';
import { findRefreshToken, hasLiveSession, purgeTokens } from './refresh-tokens.ts';

interface InsertedToken extends Record<string, unknown> {
  readonly digest: Uint8Array;
  readonly sessionId: string;
  readonly expiresAt: number;
}

/** Adds a token to a session, at its start and with each use of its refresh token. */
export const insertAccessToken = prepared<InsertedToken, object>((database, token) =>
  database
    .insertInto('access_tokens')
    .values({ digest: token.digest, session_id: token.sessionId, expires_at: token.expiresAt }),
);

/** Deletes what expired, and the oldest that are too many. */
const trimTokens = prepared<{ sessionId: string; now: number; keep: number }, object>(
  (database, { sessionId, now, keep }) =>
    database
      .deleteFrom('access_tokens')
      .where('session_id', '=', sessionId)
      .where(({ eb, or, selectFrom }) =>
        or([
          eb('expires_at', '<=', now),
          eb(
            'sequence',
            'not in',
            selectFrom('access_tokens as kept')
              .select('kept.sequence')
              .where('kept.session_id', '=', sessionId)
              .orderBy('kept.sequence', 'desc')
              .limit(keep),
          ),
        ]),
      ),
);

export function accessTokenStore(handles: Handles, liveSessions: LiveSessions): AccessTokenStore {
  const { engine } = handles;
  return {
    findSession: (digest, now) => liveSessions.findByAccessToken(handles, digest, now),

    // A session that ends meanwhile takes the new token with it: findSession joins the two.
    issue: ({ refreshDigest, contract, access, now, keep }) =>
      inTransaction(handles, async (transaction) => {
        const [row] = await findRefreshToken(engine).run(transaction, { digest: refreshDigest });
        if (row === undefined || row.contract !== contract) return { kind: 'unknown' };
        if (!hasLiveSession(row, now)) return { kind: 'ended' };
        if (row.expires_at <= now) return { kind: 'expired' };
        const { session_id: sessionId, account_id: accountId, session_expires_at: sessionExpiresAt } = row;
        const expiresAt = Math.min(access.expiresAt, sessionExpiresAt);
        await insertAccessToken(engine).run(transaction, { digest: access.digest, sessionId, expiresAt });
        await trimTokens(engine).run(transaction, { sessionId, now, keep });
        return { kind: 'issued', accountId, sessionId, sessionExpiresAt };
      }),

    purge: (before, limit) => purgeTokens(handles, 'access_tokens', { before, limit }),
  };
}
