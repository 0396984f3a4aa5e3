import { type Kysely, sql } from 'kysely';
import type { SqlDialectFacts } from '../engines/engine.ts';

/**
 * When an account first proved an address, what a pending sign-up is for and where it came from, and the links that undo
 * a change of address. An account without a proved address counts as never proved from here on. The origin of sign-ups
 * that are pending now is not known, so that any other one competes with them.
 */
export async function up(
  database: Kysely<unknown>,
  { bytes, integer, sequence }: SqlDialectFacts,
): Promise<void> {
  const { schema } = database;
  const columns = {
    first_proved_at: integer,
    sign_up_target: 'text',
    sign_up_address: 'text',
    sign_up_contract: 'text',
    sign_up_network: 'text',
    sign_up_contested: 'integer',
  } as const;
  for (const [name, type] of Object.entries(columns)) {
    await schema.alterTable('accounts').addColumn(name, type).execute();
  }
  await sql`update accounts set first_proved_at = case
      when email_verified_at is null then phone_verified_at
      when phone_verified_at < email_verified_at then phone_verified_at
      else email_verified_at end
    where email_verified_at is not null or phone_verified_at is not null`.execute(database);
  await schema
    .createIndex('accounts_by_sign_up_target')
    .unique()
    .on('accounts')
    .column('sign_up_target')
    .where('sign_up_target' as never, 'is not', null)
    .execute();

  await schema
    .createTable('address_undos')
    .addColumn('sequence', integer, sequence)
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('email_key', 'text', (column) => column.notNull())
    .addColumn('secret_digest', bytes, (column) => column.notNull().unique())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .execute();
  await schema
    .createIndex('address_undos_by_account')
    .on('address_undos')
    .columns(['account_id', 'sequence'])
    .execute();
  await schema.createIndex('address_undos_by_expiry').on('address_undos').column('expires_at').execute();
}
