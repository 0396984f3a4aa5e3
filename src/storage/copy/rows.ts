import { type Kysely, type RawBuilder, sql } from 'kysely';
import { StorageRefusal } from '../errors.ts';
import type { BulkFacts, TableName } from '../sql/engines/bulk.ts';
import type { Tables } from '../sql/tables/index.ts';
import type { CopiedTable } from './copied-tables.ts';

export type Value = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, Value>>;

const columns = (names: readonly string[]): RawBuilder<unknown> =>
  sql.join(names.map((name) => sql.ref(name)));

/**
 * All rows in the order of the key, from behind `after` on, a page at a time: each begins where the last one ended, so
 * that memory is bounded and no page costs more than another.
 */
export async function* pagesOf(
  database: Kysely<Tables>,
  { name, key }: CopiedTable,
  { size, after }: { readonly size: number; readonly after?: Row | undefined },
): AsyncGenerator<readonly Row[]> {
  for (let last = after; ; ) {
    const behind =
      last === undefined ? sql`` : sql`where (${columns(key)}) > (${sql.join(valuesOf(last, key))})`;
    const { rows } = await sql<Row>`
      select * from ${sql.table(name)} ${behind} order by ${columns(key)} limit ${size}`.execute(database);
    if (rows.length > 0) yield rows;
    if (rows.length < size) return;
    last = rows.at(-1);
  }
}

/** The key of the last row; undefined where there is none. */
export async function lastKeyOf(
  database: Kysely<Tables>,
  { name, key }: CopiedTable,
): Promise<Row | undefined> {
  const backwards = sql.join(key.map((column) => sql`${sql.ref(column)} desc`));
  const { rows } = await sql<Row>`
    select ${columns(key)} from ${sql.table(name)} order by ${backwards} limit 1`.execute(database);
  return rows[0];
}

export async function countRows(database: Kysely<Tables>, name: TableName): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(name)}`.execute(
    database,
  );
  return Number(rows[0]?.count ?? 0);
}

/** As they are, their numbers included. */
export async function insertRows(
  database: Kysely<Tables>,
  { name, numbered }: CopiedTable,
  rows: readonly Row[],
  bulk: BulkFacts,
): Promise<void> {
  const names = Object.keys(rows[0] ?? {});
  const values = rows.map((row) => sql`(${sql.join(valuesOf(row, names))})`);
  const overriding = numbered === undefined ? sql`` : bulk.withGivenNumbers;
  await sql`insert into ${sql.table(name)} (${columns(names)}) ${overriding} values ${sql.join(values)}`.execute(
    database,
  );
}

const valuesOf = (row: Row, names: readonly string[]): Value[] => names.map((name) => row[name] ?? null);

/** PostgreSQL cannot hold U+0000 in a text; a row that was put into a SQLite file by hand may. */
export function assertCopyable({ name, key }: CopiedTable, row: Row): void {
  for (const [column, value] of Object.entries(row)) {
    if (typeof value !== 'string' || !value.includes('\0')) continue;
    const which = key.map((part) => JSON.stringify(String(row[part]))).join(', ');
    throw new StorageRefusal(
      'not_copyable',
      `${name} ${which} holds U+0000 in ${column}, which PostgreSQL cannot keep; correct that row first`,
    );
  }
}
