import { type Kysely, type Selectable, sql } from 'kysely';
import type { LiveSession, Session, SessionStore } from '../../../core/session/index.ts';
import type { SqlEngine } from '../engines/engine.ts';
import type { SessionsTable, Tables } from '../tables/index.ts';
import { AccessTokens } from './access-tokens.ts';
import { type AccountRow, accountColumns, toAccount } from './account-rows.ts';
import { affected, type Handles } from './handles.ts';
import { LiveSessionCache } from './live-session-cache.ts';
import { PreparedQuery, prepared } from './prepared-query.ts';
import { RefreshExchange } from './refresh-exchange.ts';

interface LiveRow extends AccountRow {
  readonly session_id: string;
  readonly contract: string;
  readonly session_created_at: number;
  readonly expires_at: number;
  readonly wrong_codes: number;
  readonly totp_id: string | null;
  readonly totp_sealed: Uint8Array | null;
  readonly totp_key_id: string | null;
}

/** What every authorised request or refresh needs, made once for each database. */
export class SessionReads {
  readonly cache: LiveSessionCache;
  readonly findUnended;
  readonly findUnendedByToken;
  readonly exchange: RefreshExchange;
  readonly accessTokens: AccessTokens;

  constructor({ write: database, freshness }: SqlEngine) {
    this.cache = new LiveSessionCache(freshness, ({ account }) => account.id);
    const unended = database
      .selectFrom('sessions')
      .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
      .leftJoin('totp_secrets', 'totp_secrets.account_id', 'accounts.id')
      .select([
        'sessions.id as session_id',
        'sessions.contract',
        'sessions.created_at as session_created_at',
        'sessions.expires_at',
        'sessions.wrong_codes',
        'totp_secrets.id as totp_id',
        'totp_secrets.sealed as totp_sealed',
        'totp_secrets.key_id as totp_key_id',
        ...accountColumns,
      ])
      .where('sessions.ended_at', 'is', null)
      .whereRef('sessions.epoch', '=', 'accounts.epoch');
    this.findUnended = new PreparedQuery<{ id: string }, LiveRow>(({ id }) =>
      unended.where('sessions.id', '=', id),
    );
    this.findUnendedByToken = new PreparedQuery<
      { digest: Uint8Array },
      LiveRow & { readonly token_expires_at: number }
    >(({ digest }) =>
      unended
        .innerJoin('access_tokens', 'access_tokens.session_id', 'sessions.id')
        .select('access_tokens.expires_at as token_expires_at')
        .where('access_tokens.digest', '=', digest),
    );
    this.accessTokens = new AccessTokens(database, freshness);
    this.exchange = new RefreshExchange(database);
  }
}

interface SessionRow extends Record<string, unknown> {
  id: string;
  accountId: string;
  contract: string;
  epoch: number;
  createdAt: number;
  expiresAt: number;
}

/** `insert … select` makes the epoch check part of the insert; the lock makes an event that ends sessions wait for it. */
const insertSession = prepared<SessionRow, { id: string }>((database, row, { locksRows }) =>
  database
    .insertInto('sessions')
    .columns(['id', 'account_id', 'contract', 'epoch', 'created_at', 'expires_at'])
    .expression(({ selectFrom, val }) =>
      selectFrom('accounts')
        .select([
          val(row.id).as('id'),
          'accounts.id as account_id',
          val(row.contract).as('contract'),
          'accounts.epoch',
          sql<number>`${row.createdAt}`.as('created_at'),
          sql<number>`${row.expiresAt}`.as('expires_at'),
        ])
        .where('accounts.id', '=', row.accountId)
        .where('accounts.epoch', '=', row.epoch)
        .$if(locksRows, (accounts) => accounts.forNoKeyUpdate()),
    )
    .returning('sessions.id'),
);

interface RefreshTokenRow extends Record<string, unknown> {
  digest: Uint8Array;
  sessionId: string;
  issuedAt: number;
  expiresAt: number;
}

const insertRefreshToken = prepared<RefreshTokenRow, object>((database, row) =>
  database.insertInto('refresh_tokens').values({
    digest: row.digest,
    session_id: row.sessionId,
    issued_at: row.issuedAt,
    expires_at: row.expiresAt,
  }),
);

function toSession(row: Omit<Selectable<SessionsTable>, 'epoch' | 'wrong_codes'>): Session {
  return {
    id: row.id,
    accountId: row.account_id,
    contract: row.contract,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    endReason: row.end_reason,
  };
}

function toLiveSession(row: LiveRow): LiveSession {
  const session = {
    id: row.session_id,
    accountId: row.id,
    contract: row.contract,
    createdAt: row.session_created_at,
    expiresAt: row.expires_at,
    endedAt: null,
    endReason: null,
  };
  return { session, account: toAccount(row), totp: toTotp(row), wrongCodes: row.wrong_codes };
}

function toTotp({ totp_id: id, totp_sealed: bytes, totp_key_id: keyId }: LiveRow): LiveSession['totp'] {
  return id === null || bytes === null || keyId === null ? undefined : { id, secret: { keyId, bytes } };
}

const countWrongCode = prepared<{ id: string; limit: number; now: number }, { wrong_codes: number }>(
  (database, { id, limit, now }) =>
    database
      .updateTable('sessions')
      .set({ wrong_codes: sql<number>`wrong_codes + 1` })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', now)
      .where('wrong_codes', '<', limit)
      .returning('wrong_codes'),
);

export function sessionStore({ read, write, engine }: Handles, reads: SessionReads): SessionStore {
  async function end(id: string, { now, reason }: Parameters<SessionStore['end']>[1]): Promise<boolean> {
    const result = await write
      .updateTable('sessions')
      .set({ ended_at: now, end_reason: reason })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', now)
      .where('epoch', '=', ({ selectFrom }) =>
        selectFrom('accounts').select('accounts.epoch').whereRef('accounts.id', '=', 'sessions.account_id'),
      )
      .executeTakeFirst();
    return affected(result) > 0;
  }

  return {
    end,

    async create({ id, accountId, contract, epoch, createdAt, expiresAt, refresh, access }) {
      const row = { id, accountId, contract, epoch, createdAt, expiresAt };
      const created = await insertSession(engine).run(write, row);
      if (created.length === 0) return false;
      if (refresh !== undefined) {
        await insertRefreshToken(engine).run(write, {
          digest: refresh.digest,
          sessionId: id,
          issuedAt: createdAt,
          expiresAt: Math.min(refresh.expiresAt, expiresAt),
        });
      }
      if (access !== undefined) {
        const { digest } = access;
        await reads.accessTokens.add(write, id, {
          digest,
          expiresAt: Math.min(access.expiresAt, expiresAt),
        });
      }
      return true;
    },

    async findLive(id, now) {
      const find = async () => {
        const [row] = await reads.findUnended.run(read, { id });
        return row && toLiveSession(row);
      };
      // Inside a transaction only its own connection sees what it has done.
      const live = await (write.isTransaction ? find() : reads.cache.find(id, find));
      return live !== undefined && live.session.expiresAt > now ? live : undefined;
    },

    async findLiveByToken(digest, now) {
      const find = async () => {
        const [row] = await reads.findUnendedByToken.run(read, { digest });
        return row && { live: toLiveSession(row), tokenExpiresAt: row.token_expires_at };
      };
      const { cache } = reads.accessTokens;
      const name = Buffer.from(digest).toString('base64url');
      const shown = await (write.isTransaction ? find() : cache.find(name, find));
      if (shown === undefined) return undefined;
      const { live, tokenExpiresAt } = shown;
      return tokenExpiresAt > now && live.session.expiresAt > now ? live : undefined;
    },

    async renew(renewal) {
      const renew = (transaction: Kysely<Tables>) => reads.accessTokens.renew(transaction, renewal);
      return write.isTransaction ? renew(write) : engine.transaction(renew);
    },

    async rotate(exchange) {
      const rotate = async (transaction: Kysely<Tables>) => {
        const outcome = await reads.exchange.rotate(transaction, exchange);
        if (outcome.kind === 'reused' && outcome.ended) {
          const { now } = exchange;
          const ended = await transaction
            .updateTable('sessions')
            .set({ ended_at: now, end_reason: 'refresh_reused' })
            .where('id', '=', outcome.sessionId)
            .where('ended_at', 'is', null)
            .executeTakeFirst();
          // Row count decides: of several who find the reuse at once one has ended the session.
          return { ...outcome, ended: affected(ended) > 0 };
        }
        return outcome;
      };
      return write.isTransaction ? rotate(write) : engine.transaction(rotate);
    },

    async endAll(accountId, { now, reason, epoch, keep }) {
      if (keep !== undefined) {
        await write
          .updateTable('sessions')
          .set({ epoch })
          .where('id', '=', keep)
          .where('account_id', '=', accountId)
          .where('ended_at', 'is', null)
          // Only a session of the epoch that has just ended: an older one was dead before and stays so.
          .where('epoch', '=', epoch - 1)
          .execute();
      }
      const result = await write
        .updateTable('sessions')
        .set({ ended_at: now, end_reason: reason })
        .where('account_id', '=', accountId)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
        .where('epoch', '<', epoch)
        .executeTakeFirst();
      return affected(result);
    },

    async countWrongCode(id, { limit, now }) {
      const [row] = await countWrongCode(engine).run(write, { id, limit, now });
      return row?.wrong_codes;
    },

    async clearWrongCodes(id) {
      await write.updateTable('sessions').set({ wrong_codes: 0 }).where('id', '=', id).execute();
    },

    async list(accountId) {
      const rows = await read
        .selectFrom('sessions')
        .selectAll()
        .where('account_id', '=', accountId)
        .orderBy('created_at', 'desc')
        .execute();
      return rows.map(toSession);
    },

    async purge(before) {
      const tokens = await write
        .deleteFrom('refresh_tokens')
        .where('expires_at', '<', before)
        .executeTakeFirst();
      const accessTokens = await write
        .deleteFrom('access_tokens')
        .where('expires_at', '<', before)
        .executeTakeFirst();
      const sessions = await write
        .deleteFrom('sessions')
        .where(({ eb, or }) => or([eb('expires_at', '<', before), eb('ended_at', '<', before)]))
        .executeTakeFirst();
      return affected(tokens) + affected(accessTokens) + affected(sessions);
    },
  };
}
