import type { Kysely } from 'kysely';
import type { ClaimOptions, OutboxStore } from '../../../core/message/index.ts';
import type { SqlDialectFacts } from '../engines/engine.ts';
import type { Tables } from '../tables/index.ts';
import { affected, type Handles } from './handles.ts';

/** Claims take turns under this name where processes could otherwise claim two messages of one recipient at once. */
const CLAIM = 'outbox: claim';

export function outboxStore({ read, write, engine }: Handles): OutboxStore {
  const free = { claimed_until: null, claimed_by: null };
  /** The body held a live code: it goes as soon as nobody needs it. */
  const settled = (now: number) => ({ sealed: null, recipient: null, settled_at: now, ...free });

  return {
    async add(entry) {
      await write
        .insertInto('outbox')
        .values({
          id: entry.id,
          channel: entry.kind,
          state: 'pending',
          sealed: entry.sealed,
          recipient: entry.recipient ?? null,
          challenge_id: entry.challengeId ?? null,
          created_at: entry.createdAt,
          expires_at: entry.expiresAt,
          next_attempt_at: entry.createdAt,
        })
        .execute();
    },

    async claim(options) {
      const rows = await engine.transaction(async (transaction) => {
        // One claim at a time: two at once would not see that the other takes a message of the same recipient.
        await engine.dialect.takeTurns(transaction, [CLAIM]);
        return claimDue(transaction, options, engine.dialect);
      });
      return rows
        .toSorted((left, right) => left.sequence - right.sequence)
        .map((row) => ({
          id: row.id,
          kind: row.channel,
          sealed: row.sealed ?? new Uint8Array(),
          attempts: row.attempts,
          createdAt: row.created_at,
          expiresAt: row.expires_at,
          isDead: Boolean(row.is_dead),
        }));
    },

    async renew(id, { owner, leaseUntil }) {
      await write
        .updateTable('outbox')
        .set({ claimed_until: leaseUntil })
        .where('id', '=', id)
        .where('claimed_by', '=', owner)
        .execute();
    },

    async claimOwners() {
      const rows = await read
        .selectFrom('outbox')
        .select('claimed_by')
        .distinct()
        .where('state', '=', 'pending')
        .where('claimed_by', 'is not', null)
        .execute();
      return rows.flatMap(({ claimed_by }) => claimed_by ?? []);
    },

    async releaseAllOf(owner) {
      const result = await write
        .updateTable('outbox')
        .set(free)
        .where('state', '=', 'pending')
        .where('claimed_by', '=', owner)
        .executeTakeFirst();
      return affected(result);
    },

    async markSent(id, now) {
      await write
        .updateTable('outbox')
        .set({ state: 'sent', failure: null, ...settled(now) })
        .where('id', '=', id)
        .execute();
    },

    async markRetry(id, { owner, nextAttemptAt, reason }) {
      await write
        .updateTable('outbox')
        .set({ ...free, next_attempt_at: nextAttemptAt, failure: reason })
        .where('id', '=', id)
        .where('claimed_by', '=', owner)
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

    async release(ids, owner) {
      if (ids.length === 0) return;
      await write
        .updateTable('outbox')
        .set(({ eb }) => ({ ...free, attempts: eb('attempts', '-', 1) }))
        .where('id', 'in', ids)
        .where('claimed_by', '=', owner)
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
        kind: row.channel,
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

function claimDue(
  database: Kysely<Tables>,
  { kind, owner, now, leaseUntil, limit }: ClaimOptions,
  { locksRows }: SqlDialectFacts,
) {
  let due = database
    .selectFrom('outbox as entry')
    .select('entry.sequence')
    .where('entry.state', '=', 'pending')
    .where('entry.next_attempt_at', '<=', now)
    .where('entry.expires_at', '>', now)
    .where(({ eb, or }) => or([eb('entry.claimed_until', 'is', null), eb('entry.claimed_until', '<=', now)]))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('outbox as other')
            .select('other.sequence')
            .whereRef('other.recipient', '=', 'entry.recipient')
            .whereRef('other.sequence', '!=', 'entry.sequence')
            .where('other.state', '=', 'pending')
            .where(({ eb, or, and }) =>
              or([
                eb('other.claimed_until', '>', now),
                and([
                  eb('other.sequence', '<', eb.ref('entry.sequence')),
                  eb('other.next_attempt_at', '<=', now),
                  eb('other.expires_at', '>', now),
                ]),
              ]),
            ),
        ),
      ),
    )
    .orderBy('entry.sequence')
    .limit(limit);
  if (kind !== undefined) due = due.where('entry.channel', '=', kind);
  // Not a message that is being settled right now.
  if (locksRows) due = due.forUpdate('entry').skipLocked();
  return (
    database
      // Named, so that it is evaluated once, whatever plan the engine makes: each evaluation locks other rows.
      .with('due', () => due)
      .updateTable('outbox')
      .set(({ eb }) => ({ claimed_until: leaseUntil, claimed_by: owner, attempts: eb('attempts', '+', 1) }))
      .where('sequence', 'in', ({ selectFrom }) => selectFrom('due').select('due.sequence'))
      .returning(['sequence', 'id', 'channel', 'sealed', 'attempts', 'created_at', 'expires_at'])
      .returning(({ and, eb, not, exists, selectFrom }) =>
        and([
          eb('challenge_id', 'is not', null),
          not(
            exists(
              selectFrom('challenges')
                // Of the epoch of its account, where it has one: an event that ends sessions ends codes (decision 3).
                .leftJoin('accounts', 'accounts.id', 'challenges.account_id')
                .select('challenges.id')
                .whereRef('challenges.id', '=', 'outbox.challenge_id')
                .where('challenges.consumed_at', 'is', null)
                .where(({ eb, or }) =>
                  or([
                    eb('accounts.epoch', 'is', null),
                    eb('accounts.epoch', '=', eb.ref('challenges.epoch')),
                  ]),
                ),
            ),
          ),
        ]).as('is_dead'),
      )
      .execute()
  );
}
