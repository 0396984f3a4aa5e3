import type { OutboxStore } from '../../../core/message/index.ts';
import { affected, type Handles } from './handles.ts';

export function outboxStore({ read, write, engine }: Handles): OutboxStore {
  /** The body held a live code: it goes as soon as nobody needs it. */
  const settled = (now: number) => ({ sealed: null, claimed_until: null, settled_at: now });

  return {
    async add(entry) {
      await write
        .insertInto('outbox')
        .values({
          id: entry.id,
          channel: entry.channel,
          state: 'pending',
          sealed: entry.sealed,
          created_at: entry.createdAt,
          expires_at: entry.expiresAt,
          next_attempt_at: entry.createdAt,
        })
        .execute();
    },

    async claim({ channel, now, leaseUntil, limit }) {
      let due = write
        .selectFrom('outbox as entry')
        .select('entry.sequence')
        .where('entry.state', '=', 'pending')
        .where('entry.next_attempt_at', '<=', now)
        .where('entry.expires_at', '>', now)
        .where(({ eb, or }) =>
          or([eb('entry.claimed_until', 'is', null), eb('entry.claimed_until', '<=', now)]),
        )
        .orderBy('entry.sequence')
        .limit(limit);
      if (channel !== undefined) due = due.where('entry.channel', '=', channel);
      if (engine.dialect.locksRows) due = due.forUpdate().skipLocked();
      const rows = await write
        // Named, so that it is evaluated once, whatever plan the engine makes: each evaluation locks other rows.
        .with('due', () => due)
        .updateTable('outbox')
        .set(({ eb }) => ({ claimed_until: leaseUntil, attempts: eb('attempts', '+', 1) }))
        .where('sequence', 'in', ({ selectFrom }) => selectFrom('due').select('due.sequence'))
        .returning(['sequence', 'id', 'channel', 'sealed', 'attempts', 'created_at', 'expires_at'])
        .execute();
      return rows
        .toSorted((left, right) => left.sequence - right.sequence)
        .map((row) => ({
          id: row.id,
          channel: row.channel,
          sealed: row.sealed ?? new Uint8Array(),
          attempts: row.attempts,
          createdAt: row.created_at,
          expiresAt: row.expires_at,
        }));
    },

    async markSent(id, now) {
      await write
        .updateTable('outbox')
        .set({ state: 'sent', failure: null, ...settled(now) })
        .where('id', '=', id)
        .execute();
    },

    async markRetry(id, { nextAttemptAt, reason }) {
      await write
        .updateTable('outbox')
        .set({ claimed_until: null, next_attempt_at: nextAttemptAt, failure: reason })
        .where('id', '=', id)
        .where('state', '=', 'pending')
        .execute();
    },

    async markAbandoned(id, { now, reason }) {
      await write
        .updateTable('outbox')
        .set({ state: 'abandoned', failure: reason, ...settled(now) })
        .where('id', '=', id)
        .where('state', '=', 'pending')
        .execute();
    },

    async release(ids) {
      if (ids.length === 0) return;
      await write
        .updateTable('outbox')
        .set(({ eb }) => ({ claimed_until: null, attempts: eb('attempts', '-', 1) }))
        .where('id', 'in', ids)
        .where('state', '=', 'pending')
        .execute();
    },

    async abandonExpired(now) {
      const result = await write
        .updateTable('outbox')
        .set({ state: 'abandoned', failure: 'expired', ...settled(now) })
        .where('state', '=', 'pending')
        .where('expires_at', '<=', now)
        .executeTakeFirst();
      return affected(result);
    },

    async purge(before, limit) {
      const over = write
        .selectFrom('outbox')
        .select('sequence')
        .where('settled_at', 'is not', null)
        .where('created_at', '<', before)
        .limit(limit);
      return affected(await write.deleteFrom('outbox').where('sequence', 'in', over).executeTakeFirst());
    },

    async list(limit) {
      const rows = await read
        .selectFrom('outbox')
        .selectAll()
        .orderBy('sequence', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        id: row.id,
        channel: row.channel,
        state: row.state,
        sealed: row.sealed,
        attempts: row.attempts,
        createdAt: row.created_at,
        nextAttemptAt: row.next_attempt_at,
        expiresAt: row.expires_at,
        settledAt: row.settled_at,
        failure: row.failure,
      }));
    },

    async countPending() {
      const row = await read
        .selectFrom('outbox')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('state', '=', 'pending')
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },
  };
}
