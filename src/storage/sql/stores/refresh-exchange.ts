import type { Kysely } from 'kysely';
import type { Exchange, ExchangeOutcome } from '../../../core/session/index.ts';
import type { Tables } from '../tables/index.ts';
import { PreparedQuery } from './prepared-query.ts';

/** The queries of a refresh, compiled once for each database: it is the busiest write there is. */
export class RefreshExchange {
  readonly #find;
  readonly #markExchanged;
  readonly #addSuccessor;

  constructor(database: Kysely<Tables>) {
    this.#find = new PreparedQuery<{ digest: Uint8Array }, RefreshRow>(({ digest }) =>
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
          'session.expires_at as session_expires_at',
          'session.ended_at',
          'session.epoch',
          'account.epoch as account_epoch',
          'successor.exchanged_at as successor_exchanged_at',
        ])
        .where('token.digest', '=', digest),
    );
    // Row count decides: whatever was read before, only one exchange turns null into an instant.
    this.#markExchanged = new PreparedQuery<
      { digest: Uint8Array; successor: Uint8Array; now: number },
      object
    >(({ digest, successor, now }) =>
      database
        .updateTable('refresh_tokens')
        .set({ exchanged_at: now, successor_digest: successor })
        .where('digest', '=', digest)
        .where('exchanged_at', 'is', null)
        .returning('session_id'),
    );
    this.#addSuccessor = new PreparedQuery<
      { digest: Uint8Array; session: string; now: number; expires: number },
      object
    >(({ digest, session, now, expires }) =>
      database
        .insertInto('refresh_tokens')
        .values({ digest, session_id: session, issued_at: now, expires_at: expires })
        .returning('session_id'),
    );
  }

  /** Runs inside a transaction, which also serialises the reuse check with the session's end. */
  async rotate(transaction: Kysely<Tables>, exchange: Exchange): Promise<ExchangeOutcome> {
    const { digest, successor, now, graceMs } = exchange;
    const [row] = await this.#find.run(transaction, { digest });
    if (row === undefined) return { kind: 'unknown' };
    const alive = row.ended_at === null && row.epoch === row.account_epoch && row.session_expires_at > now;
    const whose = {
      accountId: row.account_id,
      sessionId: row.session_id,
      sessionExpiresAt: row.session_expires_at,
    };

    if (row.exchanged_at !== null) {
      if (now - row.exchanged_at > graceMs) return { kind: 'reused', ...whose, ended: alive };
      if (row.successor_exchanged_at !== null) return { kind: 'superseded' };
      return alive ? { kind: 'repeated', ...whose, exchangedAt: row.exchanged_at } : { kind: 'ended' };
    }
    if (!alive) return { kind: 'ended' };
    if (row.expires_at <= now) return { kind: 'expired' };

    const marked = await this.#markExchanged.run(transaction, { digest, successor: successor.digest, now });
    // Another process was faster; what it did is committed now, so the second look finds the exchange.
    if (marked.length === 0) return this.rotate(transaction, exchange);
    await this.#addSuccessor.run(transaction, {
      digest: successor.digest,
      session: row.session_id,
      now,
      expires: Math.min(successor.expiresAt, row.session_expires_at),
    });
    return { kind: 'rotated', ...whose, exchangedAt: now };
  }
}

interface RefreshRow {
  session_id: string;
  expires_at: number;
  exchanged_at: number | null;
  account_id: string;
  session_expires_at: number;
  ended_at: number | null;
  epoch: number;
  account_epoch: number;
  successor_exchanged_at: number | null;
}
