import type { Kysely } from 'kysely';
import type { SqlDialectFacts } from '../engines/engine.ts';

/** TOTP secrets, the steps whose codes were spent, and the wrong codes of a session. */
export async function up(database: Kysely<unknown>, { bytes, integer }: SqlDialectFacts): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('totp_secrets')
    .addColumn('account_id', 'text', (column) =>
      column.primaryKey().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('sealed', bytes, (column) => column.notNull())
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('enrolled_at', integer, (column) => column.notNull())
    .execute();

  await schema
    .createTable('totp_steps')
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('step', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('totp_steps_pk', ['account_id', 'step'])
    .execute();
  await schema.createIndex('totp_steps_by_step').on('totp_steps').column('step').execute();

  await schema
    .alterTable('sessions')
    .addColumn('wrong_codes', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
