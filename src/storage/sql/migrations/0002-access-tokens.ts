import type { Kysely } from 'kysely';
import type { SqlDialectFacts } from '../engines/engine.ts';

/** Access tokens that say nothing by themselves, and links that name nothing but themselves. */
export async function up(
  database: Kysely<unknown>,
  { bytes, integer, sequence }: SqlDialectFacts,
): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('access_tokens')
    .addColumn('sequence', integer, sequence)
    .addColumn('digest', bytes, (column) => column.notNull().unique())
    .addColumn('session_id', 'text', (column) =>
      column.notNull().references('sessions.id').onDelete('cascade'),
    )
    .addColumn('expires_at', integer, (column) => column.notNull())
    .execute();
  await schema
    .createIndex('access_tokens_by_session')
    .on('access_tokens')
    .columns(['session_id', 'sequence'])
    .execute();
  await schema.createIndex('access_tokens_by_expiry').on('access_tokens').column('expires_at').execute();
  await schema.createIndex('challenges_by_secret').on('challenges').column('secret_digest').execute();
}
