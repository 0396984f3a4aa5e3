import { setTimeout as pause } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../tables/index.ts';
import type { BulkFacts } from '../bulk.ts';
import { APPLICATION } from './pool.ts';

/** A session whose process has just ended is still listed for a moment. */
const LOOKS = 30;
const BETWEEN_LOOKS_MS = 100;

/** @param one has a single connection, so that whatever else is listed is not ours */
export function postgresBulk(one: Kysely<Tables>): BulkFacts {
  return {
    async identity() {
      // Nothing that needs a right: what a server says of its address depends on how one came.
      const { rows } = await sql<{ started: string; oid: number }>`
        select pg_postmaster_start_time()::text as started, oid from pg_database
        where datname = current_database()`.execute(one);
      return JSON.stringify(rows);
    },
    async isUsedByOthers() {
      const others = sql`select pid from pg_stat_activity
        where datname = current_database() and starts_with(application_name, ${APPLICATION}) and pid <> pg_backend_pid()`;
      for (let looks = 1; ; looks += 1) {
        const { rows } = await others.execute(one);
        if (rows.length === 0) return false;
        if (looks === LOOKS) return true;
        await pause(BETWEEN_LOOKS_MS);
      }
    },
    async keepStill(transaction, tables) {
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(transaction);
      await sql`set local lock_timeout = '5s'`.execute(transaction);
      await sql`lock table ${sql.join(tables.map((table) => sql.table(table)))} in share mode`.execute(
        transaction,
      );
    },
    // The columns are `generated always`, which refuses numbers that somebody else chose.
    withGivenNumbers: sql`overriding system value`,
    async lastNumber(database, table, column) {
      const { rows } = await sql<{ last: number | null }>`
        select pg_sequence_last_value(pg_get_serial_sequence(${table}, ${column})::regclass) as last`.execute(
        database,
      );
      return rows[0]?.last ?? 0;
    },
    async setLastNumber(database, table, column, last) {
      if (last < 1) return;
      await sql`select setval(pg_get_serial_sequence(${table}, ${column})::regclass, ${last})`.execute(
        database,
      );
    },
  };
}
