import { type Kysely, sql } from 'kysely';
import type { Tables } from '../sql/tables/index.ts';

/**
 * The mark of a database that is being filled: a table with one row, which names the source. It is no part of the
 * schema: it comes with the copy and goes with its verification, and nobody opens a database that has it.
 */
export const UNDER_WAY = 'copy_under_way';

const mark = sql.table(UNDER_WAY);

/** What the copy that is under way in the database is copied from; undefined when there is none. */
export async function sourceUnderWay(database: Kysely<Tables>): Promise<string | undefined> {
  const tables = await database.introspection.getTables();
  if (!tables.some(({ name }) => name === UNDER_WAY)) return undefined;
  const { rows } = await sql<{ source: string }>`select source from ${mark}`.execute(database);
  return rows[0]?.source ?? '';
}

/** All or nothing, and for one process only: a second one meets the table. */
export async function markUnderWay(database: Kysely<Tables>, source: string): Promise<void> {
  await database.schema
    .createTable(UNDER_WAY)
    .addColumn('source', 'text', (column) => column.notNull())
    .execute();
  await sql`insert into ${mark} (source) values (${source})`.execute(database);
}

export async function unmark(database: Kysely<Tables>): Promise<void> {
  await database.schema.dropTable(UNDER_WAY).execute();
}
