import type { Kysely } from 'kysely';
import type { SqlDialectFacts } from '../engines/engine.ts';

/** Which root secret the database is used with, so that a process with another one is refused. At most one row. */
export async function up({ schema }: Kysely<unknown>, { integer }: SqlDialectFacts): Promise<void> {
  await schema
    .createTable('secret_fingerprint')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('recorded_at', integer, (column) => column.notNull())
    .execute();
}
