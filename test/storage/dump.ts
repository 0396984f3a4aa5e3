import type { Kysely } from 'kysely';

const SEPARATOR = Buffer.from('\n');

/** Every value of every row, one after another. */
export async function dumpRows<T>(database: Kysely<T>): Promise<Buffer> {
  const values: Buffer[] = [];
  for (const { name } of await database.introspection.getTables()) {
    const rows = await database
      .selectFrom(database.dynamic.table(name as never).as('dumped'))
      .selectAll()
      .execute();
    for (const value of rows.flatMap((row) => Object.values(row as object))) {
      values.push(value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value)), SEPARATOR);
    }
  }
  return Buffer.concat(values);
}
