import type { Kysely } from 'kysely';
import type {
  RefreshTokenExchange,
  RefreshTokenExchangeOutcome,
  RefreshTokenStore,
} from '../../../core/session/index.ts';
import type { SqlEngine } from '../engines/engine.ts';
import type { Tables } from '../tables/index.ts';
import { affected, type Handles, inTransaction } from './handles.ts';
import { prepared } from './prepared-query.ts';

/** A refresh token with its session, the epoch of its account and the token it was exchanged for. */
export interface RefreshTokenRow {
  readonly session_id: string;
  readonly expires_at: number;
  readonly exchanged_at: number | null;
  readonly account_id: string;
  readonly contract: string;
  readonly session_expires_at: number;
  readonly ended_at: number | null;
  readonly epoch: number;
  readonly account_epoch: number;
  readonly successor_exchanged_at: number | null;
}

/** What every use of a refresh token reads, single-use or reusable. */
export const findRefreshToken = prepared<{ digest: Uint8Array }, RefreshTokenRow>((database, { digest }) =>
  database
    .selectFrom('refresh_tokens as token')
    .innerJoin('sessions as session', 'session.id', 'token.session_id')
    .innerJoin('accounts as account', 'account.id', 'session.account_id')
    .leftJoin('refresh_tokens as successor', 'successor.digest', 'token.successor_digest')
    .select([
      'token.session_id',
      'token.expires_at',
      'token.exchanged_at',
      'session.account_id',
      'session.contract',
      'session.expires_at as session_expires_at',
      'session.ended_at',
      'session.epoch',
      'account.epoch as account_epoch',
      'successor.exchanged_at as successor_exchanged_at',
    ])
    .where('token.digest', '=', digest),
);

/** Whether the session of the token may go on. */
export function hasLiveSession(row: RefreshTokenRow, now: number): boolean {
  return row.ended_at === null && row.epoch === row.account_epoch && row.session_expires_at > now;
}

interface InsertedToken extends Record<string, unknown> {
  readonly digest: Uint8Array;
  readonly sessionId: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Adds a token to a session, at its start and with each exchange. */
export const insertRefreshToken = prepared<InsertedToken, object>((database, token) =>
  database.insertInto('refresh_tokens').values({
    digest: token.digest,
    session_id: token.sessionId,
    issued_at: token.issuedAt,
    expires_at: token.expiresAt,
  }),
);

/** Row count decides: whatever was read before, one exchange turns null into an instant. */
const markExchanged = prepared<{ digest: Uint8Array; successor: Uint8Array; now: number }, object>(
  (database, { digest, successor, now }) =>
    database
      .updateTable('refresh_tokens')
      .set({ exchanged_at: now, successor_digest: successor })
      .where('digest', '=', digest)
      .where('exchanged_at', 'is', null)
      .returning('session_id'),
);

/** In a transaction, so that the successor, and the end of a session whose token was reused, commit with the exchange. */
async function exchangeIn(
  engine: SqlEngine,
  transaction: Kysely<Tables>,
  exchange: RefreshTokenExchange,
): Promise<RefreshTokenExchangeOutcome> {
  const { digest, successor, now, graceMs } = exchange;
  const [row] = await findRefreshToken(engine).run(transaction, { digest });
  if (row === undefined) return { kind: 'unknown' };
  const isLive = hasLiveSession(row, now);
  const owner = {
    accountId: row.account_id,
    sessionId: row.session_id,
    sessionExpiresAt: row.session_expires_at,
  };

  if (row.exchanged_at !== null) {
    if (now - row.exchanged_at > graceMs) {
      return {
        kind: 'reused',
        ...owner,
        ended: isLive && (await endReused(transaction, row.session_id, now)),
      };
    }
    if (row.successor_exchanged_at !== null) return { kind: 'superseded' };
    return isLive ? { kind: 'repeated', ...owner, exchangedAt: row.exchanged_at } : { kind: 'ended' };
  }
  if (!isLive) return { kind: 'ended' };
  if (row.expires_at <= now) return { kind: 'expired' };

  const marked = await markExchanged(engine).run(transaction, { digest, successor: successor.digest, now });
  // Another process exchanged it since the read; that is committed now, so the next read finds it.
  if (marked.length === 0) return exchangeIn(engine, transaction, exchange);
  await insertRefreshToken(engine).run(transaction, {
    digest: successor.digest,
    sessionId: row.session_id,
    issuedAt: now,
    expiresAt: Math.min(successor.expiresAt, row.session_expires_at),
  });
  return { kind: 'exchanged', ...owner, exchangedAt: now };
}

/** Row count decides: of several calls that find the reuse at once one has ended the session. */
async function endReused(transaction: Kysely<Tables>, sessionId: string, now: number): Promise<boolean> {
  const ended = await transaction
    .updateTable('sessions')
    .set({ ended_at: now, end_reason: 'refresh_reused' })
    .where('id', '=', sessionId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return affected(ended) > 0;
}

/** Deletes tokens of either kind that expired before the instant. */
export async function purgeTokens(
  { write }: Handles,
  name: 'refresh_tokens' | 'access_tokens',
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<number> {
  // Both tables have these columns; Kysely wants one name.
  const table = name as 'refresh_tokens';
  const expired = write.selectFrom(table).select('digest').where('expires_at', '<', before).limit(limit);
  return affected(await write.deleteFrom(table).where('digest', 'in', expired).executeTakeFirst());
}

export function refreshTokenStore(handles: Handles): RefreshTokenStore {
  return {
    exchange: (exchange) =>
      inTransaction(handles, (transaction) => exchangeIn(handles.engine, transaction, exchange)),
    purge: (before, limit) => purgeTokens(handles, 'refresh_tokens', { before, limit }),
  };
}
