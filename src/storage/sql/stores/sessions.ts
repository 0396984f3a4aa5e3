import { type Selectable, sql } from 'kysely';
import type { ListedSession, SessionStore } from '../../../core/session/index.ts';
import type { SessionsTable } from '../tables/index.ts';
import { insertAccessToken } from './access-tokens.ts';
import { affected, type Handles } from './handles.ts';
import type { LiveSessions } from './live-sessions.ts';
import { prepared } from './prepared-query.ts';
import { insertRefreshToken } from './refresh-tokens.ts';

interface SessionRow extends Record<string, unknown> {
  id: string;
  accountId: string;
  contract: string;
  epoch: number;
  createdAt: number;
  expiresAt: number;
  authenticatedAt: number;
  amr: string;
  address: string | null;
  userAgent: string | null;
}

/** `insert … select` makes the epoch check part of the insert; the lock makes an event that ends sessions wait for it. */
const insertSession = prepared<SessionRow, { id: string }>((database, row, { locksRows }) =>
  database
    .insertInto('sessions')
    .columns([
      'id',
      'account_id',
      'contract',
      'epoch',
      'created_at',
      'expires_at',
      'auth_time',
      'amr',
      'address',
      'user_agent',
    ])
    .expression(({ selectFrom, val }) =>
      selectFrom('accounts')
        .select([
          val(row.id).as('id'),
          'accounts.id as account_id',
          val(row.contract).as('contract'),
          'accounts.epoch',
          sql<number>`${row.createdAt}`.as('created_at'),
          sql<number>`${row.expiresAt}`.as('expires_at'),
          sql<number>`${row.authenticatedAt}`.as('auth_time'),
          val(row.amr).as('amr'),
          val(row.address).as('address'),
          val(row.userAgent).as('user_agent'),
        ])
        .where('accounts.id', '=', row.accountId)
        .where('accounts.epoch', '=', row.epoch)
        .$if(locksRows, (accounts) => accounts.forNoKeyUpdate()),
    )
    .returning('sessions.id'),
);

function toListed(row: Omit<Selectable<SessionsTable>, 'epoch' | 'wrong_codes'>): ListedSession {
  return {
    id: row.id,
    accountId: row.account_id,
    contract: row.contract,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    endReason: row.end_reason,
    authenticatedAt: row.auth_time,
    methods: row.amr?.split(' ') ?? null,
    address: row.address,
    userAgent: row.user_agent,
  };
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

export function sessionStore(handles: Handles, liveSessions: LiveSessions): SessionStore {
  const { read, write, engine } = handles;

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

    async create({ refresh, access, methods, address = null, userAgent = null, ...session }) {
      const { id, createdAt, expiresAt } = session;
      const row = { ...session, amr: methods.join(' '), address, userAgent };
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
        await insertAccessToken(engine).run(write, {
          digest: access.digest,
          sessionId: id,
          expiresAt: Math.min(access.expiresAt, expiresAt),
        });
      }
      return true;
    },

    findLive: (id, now) => liveSessions.findById(handles, id, now),

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
      return rows.map(toListed);
    },

    async purge(before, limit) {
      // One statement for each instant, since each has an index of its own.
      for (const instant of ['expires_at', 'ended_at'] as const) {
        const over = write.selectFrom('sessions').select('id').where(instant, '<', before).limit(limit);
        const deleted = affected(
          await write.deleteFrom('sessions').where('id', 'in', over).executeTakeFirst(),
        );
        if (deleted > 0) return deleted;
      }
      return 0;
    },
  };
}
