import { type Kysely, sql } from 'kysely';
import { StorageRefusal } from '../errors.ts';
import type { SqlEngine } from '../sql/engines/engine.ts';
import { openSqlite } from '../sql/engines/sqlite/index.ts';
import { lastMigration, migrate } from '../sql/migrations/index.ts';
import type { Tables } from '../sql/tables/index.ts';

interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/**
 * Refuses a database that has anything in its schema that its migrations do not make, or not as they make it: a trigger
 * of another origin would run with every statement from then on. Compares with a database that is made for it.
 * @param name what an operator calls the database
 * @throws StorageRefusal `backup_unusable`, DatabaseTooNew
 */
export async function assertOwnSchema(engine: SqlEngine, name: string): Promise<void> {
  const last = await lastMigration(engine);
  const model = openSqlite(':memory:');
  try {
    if (last !== undefined) await migrate(model, last);
    const [expected, found] = [await schemaOf(model.write), await schemaOf(engine.write)];
    const foreign = difference(found, expected);
    const missing = difference(expected, found);
    if (foreign.length + missing.length === 0) return;
    const parts = [
      ...(foreign.length > 0 ? [`has what Latchkey did not make (${foreign.join(', ')})`] : []),
      ...(missing.length > 0 ? [`has not what Latchkey made (${missing.join(', ')})`] : []),
    ];
    throw new StorageRefusal(
      'backup_unusable',
      `${name} ${parts.join(' and ')}: correct that in a copy of the file with the sqlite3 program, and restore the copy`,
    );
  } finally {
    await model.close();
  }
}

/** Without the tables that SQLite and the migrator keep for themselves. */
async function schemaOf(database: Kysely<Tables>): Promise<readonly SchemaObject[]> {
  const { rows } = await sql<SchemaObject>`
    select type, name, tbl_name as "table", sql from sqlite_schema
    where sql is not null
      and not (type = 'table' and (name in ('kysely_migration', 'kysely_migration_lock')
        or name = 'sqlite_sequence' or name like 'sqlite\\_stat_' escape '\\'))
    order by type, name`.execute(database);
  return rows;
}

/** Names of the objects of one that the other has not, or not with the same text. */
function difference(one: readonly SchemaObject[], other: readonly SchemaObject[]): string[] {
  const known = new Set(other.map((object) => JSON.stringify(object)));
  return one
    .filter((object) => !known.has(JSON.stringify(object)))
    .map(({ type, name, table }) => (name === table ? `${type} ${name}` : `${type} ${name} on ${table}`));
}
