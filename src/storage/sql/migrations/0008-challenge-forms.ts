import { type Kysely, sql } from 'kysely';
import type { SqlDialectFacts } from '../engines/engine.ts';

const KEY = ['owner_key', 'purpose', 'channel', 'form'];
const KEPT = `purpose, channel, form, id, account_id, target, address, secret_digest, epoch, tries, created_at,
  expires_at, consumed_at`;

/**
 * A code and a link for one purpose stand side by side, and a decoy is a challenge without an account. The table is made
 * anew because SQLite changes no primary key; codes and links that are outstanding stay good.
 */
export async function up(database: Kysely<unknown>, { bytes, integer }: SqlDialectFacts): Promise<void> {
  const { schema } = database;
  await sql.raw(`create table challenges_before as select ${KEPT} from challenges`).execute(database);
  await schema.dropTable('challenges').execute();
  await schema
    .createTable('challenges')
    .addColumn('owner_key', 'text', (column) => column.notNull())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('form', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('account_id', 'text', (column) => column.references('accounts.id').onDelete('cascade'))
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('secret_digest', bytes, (column) => column.notNull())
    .addColumn('epoch', integer, (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('consumed_at', integer)
    .addPrimaryKeyConstraint('challenges_pk', KEY as never[])
    .execute();
  await sql
    .raw(`insert into challenges (owner_key, ${KEPT}) select account_id, ${KEPT} from challenges_before`)
    .execute(database);
  await schema.dropTable('challenges_before').execute();
  // The primary key found an account's challenges when the account is deleted; this one begins with the owner key.
  await schema.createIndex('challenges_by_account').on('challenges').column('account_id').execute();
  await schema.createIndex('challenges_by_target').on('challenges').columns(['target', 'purpose']).execute();
  await schema.createIndex('challenges_by_expiry').on('challenges').column('expires_at').execute();
  await schema.createIndex('challenges_by_secret').on('challenges').column('secret_digest').execute();
}
