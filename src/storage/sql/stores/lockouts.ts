import { type Kysely, sql } from 'kysely';
import type { LockoutStore } from '../../../core/throttle/index.ts';
import type { Tables } from '../tables/index.ts';
import { affected, type Handles } from './handles.ts';
import { prepared } from './prepared-query.ts';

/** Subjects that no account owns; an account's counter is kept as long as the account is locked or counting. */
const STRANGER_PREFIX = 'identifier:';

interface Counting extends Record<string, unknown> {
  subject: string;
  now: number;
  failures: number;
  disableAfter: number;
  lockedUntil: number;
  /** Where the first failure locks already. */
  lockedAtOnce: number | null;
}

const countAttempt = prepared<Counting, { total: number }>((database, given) => {
  // A lock that is over starts a new row of failures, but not a new total.
  const counted = sql<number>`case when lockouts.locked_until is null then lockouts.failures + 1 else 1 end`;
  return database
    .insertInto('lockouts')
    .values({
      subject: given.subject,
      failures: 1,
      total: 1,
      locked_until: given.lockedAtOnce,
      touched_at: given.now,
    })
    .onConflict((conflict) =>
      conflict
        .column('subject')
        .doUpdateSet({
          failures: counted,
          total: sql`lockouts.total + 1`,
          locked_until: sql`case when ${counted} >= ${given.failures} then cast(${given.lockedUntil} as bigint) else null end`,
          touched_at: given.now,
        })
        .where((where) =>
          where.and([
            where('lockouts.total', '<', given.disableAfter),
            where.or([
              where('lockouts.locked_until', 'is', null),
              where('lockouts.locked_until', '<=', given.now),
            ]),
          ]),
        ),
    )
    .returning('total');
});

const clear = prepared<{ subject: string }, object>((database, { subject }) =>
  database.deleteFrom('lockouts').where('subject', '=', subject),
);

export function lockoutStore({ write, engine }: Handles): LockoutStore {
  return {
    async countAttempt(subject, { failures, lockMs, disableAfter }, now) {
      const lockedUntil = now + lockMs;
      const lockedAtOnce = failures <= 1 ? lockedUntil : null;
      const attempt = { subject, now, failures, disableAfter, lockedUntil, lockedAtOnce };
      const count = (database: Kysely<Tables>) => countAttempt(engine).run(database, attempt);
      const [row] = await (write.isTransaction ? count(write) : engine.writeTogether(count));
      if (row !== undefined) return { kind: 'counted', total: row.total };
      const lock = await write
        .selectFrom('lockouts')
        .select(['locked_until', 'total'])
        .where('subject', '=', subject)
        .executeTakeFirst();
      return {
        kind: 'locked',
        until: lock === undefined || lock.total >= disableAfter ? null : lock.locked_until,
      };
    },

    async lockOf(subject, { disableAfter }, now) {
      const row = await write
        .selectFrom('lockouts')
        .select(['locked_until', 'total'])
        .where('subject', '=', subject)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      if (row.total >= disableAfter) return { until: null };
      return row.locked_until !== null && row.locked_until > now ? { until: row.locked_until } : undefined;
    },

    async takeBack(subject, { failures }) {
      const left = sql<number>`case when failures > 0 then failures - 1 else 0 end`;
      await write
        .updateTable('lockouts')
        .set({
          failures: left,
          total: sql`case when total > 0 then total - 1 else 0 end`,
          locked_until: sql`case when ${left} < ${failures} then null else locked_until end`,
        })
        .where('subject', '=', subject)
        .execute();
    },

    async clear(subject) {
      await clear(engine).run(write, { subject });
    },

    async purge(before, limit) {
      const over = write
        .selectFrom('lockouts')
        .select('subject')
        .where('touched_at', '<', before)
        .where('subject', 'like', `${STRANGER_PREFIX}%`)
        .limit(limit);
      return affected(
        await write
          .deleteFrom('lockouts')
          .where('subject', 'in', over)
          // Counted again since it was found.
          .where('touched_at', '<', before)
          .executeTakeFirst(),
      );
    },
  };
}
