import { type Kysely, type Selectable, sql } from 'kysely';
import type { Lock, LockoutPolicy, LockoutStore } from '../../../core/throttle/index.ts';
import type { LockoutsTable, Tables } from '../tables/index.ts';
import { affected, type Handles } from './handles.ts';
import { prepared } from './prepared-query.ts';

type Row = Pick<
  Selectable<LockoutsTable>,
  'failures' | 'total' | 'locked_until' | 'in_flight' | 'in_flight_until'
>;

interface Reserving extends Record<string, unknown> {
  subject: string;
  now: number;
  failures: number;
  /** One below `failures`: where the limit was lowered meanwhile, one attempt is left. */
  almost: number;
  lockMs: number;
  disableAfter: number;
  reservedUntil: number;
}

/** Reservations that nobody settled in time. They count as failures from here on. */
const expired = (now: number) =>
  sql<number>`case when lockouts.in_flight_until <= ${now} then lockouts.in_flight else 0 end`;

const reserve = prepared<Reserving, { generation: number }>((database, given) => {
  const lapsed = expired(given.now);
  const locks = sql<boolean>`${lapsed} > 0 and lockouts.failures + ${lapsed} >= ${given.failures}`;
  const lockedUntil = sql<number>`case when ${locks} then lockouts.in_flight_until + ${given.lockMs} else lockouts.locked_until end`;
  const failures = sql<number>`case
    when ${locks} then 0
    when lockouts.failures + ${lapsed} >= ${given.failures} then cast(${given.almost} as integer)
    else lockouts.failures + ${lapsed} end`;
  return database
    .insertInto('lockouts')
    .values({
      subject: given.subject,
      failures: 0,
      total: 0,
      locked_until: null,
      touched_at: given.now,
      in_flight: 1,
      in_flight_until: given.reservedUntil,
    })
    .onConflict((conflict) =>
      conflict
        .column('subject')
        .doUpdateSet({
          failures,
          total: sql`lockouts.total + ${lapsed}`,
          locked_until: null,
          touched_at: given.now,
          in_flight: sql`lockouts.in_flight - ${lapsed} + 1`,
          in_flight_until: sql`case
            when lockouts.in_flight_until > ${given.reservedUntil} then lockouts.in_flight_until
            else cast(${given.reservedUntil} as bigint) end`,
          generation: sql`case when ${lapsed} > 0 then lockouts.generation + 1 else lockouts.generation end`,
        })
        .where((where) =>
          where.and([
            sql<boolean>`lockouts.total + lockouts.in_flight < ${given.disableAfter}`,
            sql<boolean>`coalesce(${lockedUntil}, 0) <= ${given.now}`,
            sql<boolean>`${failures} + lockouts.in_flight - ${lapsed} < ${given.failures}`,
          ]),
        ),
    )
    .returning('generation');
});

interface Failing extends Record<string, unknown> {
  subject: string;
  generation: number;
  now: number;
  failures: number;
  lockedUntil: number;
}

const fail = prepared<Failing, { total: number }>((database, given) => {
  const locks = sql<boolean>`lockouts.failures + 1 >= ${given.failures}`;
  return database
    .updateTable('lockouts')
    .set({
      failures: sql`case when ${locks} then 0 else lockouts.failures + 1 end`,
      total: sql`lockouts.total + 1`,
      locked_until: sql`case when ${locks} then cast(${given.lockedUntil} as bigint) else lockouts.locked_until end`,
      in_flight: sql`lockouts.in_flight - 1`,
      touched_at: given.now,
    })
    .where('subject', '=', given.subject)
    .where('generation', '=', given.generation)
    .where('in_flight', '>', 0)
    .returning('total');
});

interface Clearing extends Record<string, unknown> {
  subject: string;
  /** Of the reservation that ends with this, or one that no counter has. */
  generation: number;
  now: number;
}

const NO_GENERATION = -1;

const clear = prepared<Clearing, object>((database, given) =>
  database
    .updateTable('lockouts')
    .set({
      failures: 0,
      total: 0,
      locked_until: null,
      in_flight: sql`case
        when lockouts.in_flight_until <= ${given.now} then 0
        when lockouts.generation = ${given.generation} and lockouts.in_flight > 0 then lockouts.in_flight - 1
        else lockouts.in_flight end`,
      generation: sql`case when ${expired(given.now)} > 0 then lockouts.generation + 1 else lockouts.generation end`,
      touched_at: given.now,
    })
    .where('subject', '=', given.subject),
);

const release = prepared<{ subject: string; generation: number }, object>((database, given) =>
  database
    .updateTable('lockouts')
    .set({ in_flight: sql`lockouts.in_flight - 1` })
    .where('subject', '=', given.subject)
    .where('generation', '=', given.generation)
    .where('in_flight', '>', 0),
);

/** The lock that a row stands for, with what has expired since it was written. */
function lockIn(row: Row, { failures, lockMs, disableAfter }: LockoutPolicy, now: number): Lock | undefined {
  const lapsed = (row.in_flight_until ?? now + 1) <= now ? row.in_flight : 0;
  if (row.total + lapsed >= disableAfter) return { until: null };
  const locks = lapsed > 0 && row.failures + lapsed >= failures;
  const until = locks ? (row.in_flight_until ?? 0) + lockMs : (row.locked_until ?? 0);
  return until > now ? { until } : undefined;
}

export function lockoutStore({ write, engine }: Handles): LockoutStore {
  async function lockOf(subject: string, policy: LockoutPolicy, now: number): Promise<Lock | undefined> {
    const row = await write
      .selectFrom('lockouts')
      .select(['failures', 'total', 'locked_until', 'in_flight', 'in_flight_until'])
      .where('subject', '=', subject)
      .executeTakeFirst();
    return row && lockIn(row, policy, now);
  }

  return {
    lockOf,

    async reserve(subject, policy, now) {
      const { failures, lockMs, disableAfter, reservationMs } = policy;
      const given = {
        subject,
        now,
        failures,
        almost: failures - 1,
        lockMs,
        disableAfter,
        reservedUntil: now + reservationMs,
      };
      const take = (database: Kysely<Tables>) => reserve(engine).run(database, given);
      const [row] = await (write.isTransaction ? take(write) : engine.writeTogether(take));
      if (row !== undefined) {
        return { kind: 'reserved', reservation: { subject, generation: row.generation } };
      }
      const lock = await lockOf(subject, policy, now);
      return lock === undefined ? { kind: 'busy' } : { kind: 'locked', until: lock.until };
    },

    async fail({ subject, generation }, { failures, lockMs }, now) {
      const given = { subject, generation, now, failures, lockedUntil: now + lockMs };
      const [row] = await fail(engine).run(write, given);
      return row?.total;
    },

    async succeed({ subject, generation }, now) {
      await clear(engine).run(write, { subject, generation, now });
    },

    async release(reservation) {
      await release(engine).run(write, { ...reservation });
    },

    async clear(subject, now) {
      await clear(engine).run(write, { subject, generation: NO_GENERATION, now });
    },

    async purge(before, limit) {
      const idle = write
        .selectFrom('lockouts')
        .select('subject')
        .where('touched_at', '<', before)
        .where((where) =>
          where.or([
            where('subject', 'like', 'identifier:%'),
            where('subject', 'like', 'totp:identifier:%'),
            where.and([where('total', '=', 0), where('in_flight', '=', 0)]),
          ]),
        )
        .limit(limit);
      return affected(
        await write
          .deleteFrom('lockouts')
          .where('subject', 'in', idle)
          // Used again since it was found.
          .where('touched_at', '<', before)
          .executeTakeFirst(),
      );
    },
  };
}
