import type { Kysely } from 'kysely';
import type { LiveSession, NewAccessToken, Renewal, RenewalOutcome } from '../../../core/session/index.ts';
import type { Freshness } from '../engines/engine.ts';
import type { Tables } from '../tables/index.ts';
import { LiveSessionCache } from './live-session-cache.ts';
import { PreparedQuery } from './prepared-query.ts';

/** A session as an access token shows it: until the one or the other is over. */
export interface ShownSession {
  readonly live: LiveSession;
  readonly tokenExpiresAt: number;
}

/** The queries of access tokens that are known by their digest, compiled once for each database. */
export class AccessTokens {
  /** By digest, as the sessions of other contracts are kept by id. */
  readonly cache: LiveSessionCache<ShownSession>;
  readonly #findRefreshToken;
  readonly #insert;
  readonly #trim;

  constructor(database: Kysely<Tables>, freshness: Freshness) {
    this.cache = new LiveSessionCache(freshness, ({ live }) => live.account.id);
    this.#findRefreshToken = new PreparedQuery<{ digest: Uint8Array; contract: string }, RefreshRow>(
      ({ digest, contract }) =>
        database
          .selectFrom('refresh_tokens as token')
          .innerJoin('sessions as session', 'session.id', 'token.session_id')
          .innerJoin('accounts as account', 'account.id', 'session.account_id')
          .select([
            'token.expires_at',
            'session.id as session_id',
            'session.account_id',
            'session.expires_at as session_expires_at',
            'session.ended_at',
            'session.epoch',
            'account.epoch as account_epoch',
          ])
          .where('token.digest', '=', digest)
          .where('session.contract', '=', contract),
    );
    this.#insert = new PreparedQuery<{ digest: Uint8Array; session: string; expires: number }, object>(
      ({ digest, session, expires }) =>
        database
          .insertInto('access_tokens')
          .values({ digest, session_id: session, expires_at: expires })
          .returning('session_id'),
    );
    this.#trim = new PreparedQuery<{ session: string; now: number; keep: number }, object>(
      ({ session, now, keep }) =>
        database
          .deleteFrom('access_tokens')
          .where('session_id', '=', session)
          .where(({ eb, or, selectFrom }) =>
            or([
              eb('expires_at', '<=', now),
              eb(
                'sequence',
                'not in',
                selectFrom('access_tokens as kept')
                  .select('kept.sequence')
                  .where('kept.session_id', '=', session)
                  .orderBy('kept.sequence', 'desc')
                  .limit(keep),
              ),
            ]),
          )
          .returning('session_id'),
    );
  }

  async add(
    database: Kysely<Tables>,
    sessionId: string,
    { digest, expiresAt }: NewAccessToken,
  ): Promise<void> {
    await this.#insert.run(database, { digest, session: sessionId, expires: expiresAt });
  }

  /** Runs inside a transaction. A session that ends beside it takes the new token along: a look-up joins the two. */
  async renew(transaction: Kysely<Tables>, renewal: Renewal): Promise<RenewalOutcome> {
    const { digest, contract, access, now, keep } = renewal;
    const [row] = await this.#findRefreshToken.run(transaction, { digest, contract });
    if (row === undefined) return { kind: 'unknown' };
    const { session_id: sessionId, account_id: accountId, session_expires_at: sessionExpiresAt } = row;
    const alive = row.ended_at === null && row.epoch === row.account_epoch && sessionExpiresAt > now;
    if (!alive) return { kind: 'ended' };
    if (row.expires_at <= now) return { kind: 'expired' };
    const expiresAt = Math.min(access.expiresAt, sessionExpiresAt);
    await this.add(transaction, sessionId, { digest: access.digest, expiresAt });
    await this.#trim.run(transaction, { session: sessionId, now, keep });
    return { kind: 'renewed', accountId, sessionId, sessionExpiresAt };
  }
}

interface RefreshRow {
  expires_at: number;
  session_id: string;
  account_id: string;
  session_expires_at: number;
  ended_at: number | null;
  epoch: number;
  account_epoch: number;
}
