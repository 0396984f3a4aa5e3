import type { Kysely } from 'kysely';
import type { SqlDialectFacts } from '../engines/engine.ts';

/** Accounts, their credentials and sessions, challenges, counters, the outbox and the audit trail. */
export async function up(
  database: Kysely<unknown>,
  { bytes, integer, sequence }: SqlDialectFacts,
): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('accounts')
    .addColumn('number', integer, sequence)
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('username', 'text')
    .addColumn('username_key', 'text', (column) => column.unique())
    .addColumn('email', 'text')
    .addColumn('email_key', 'text', (column) => column.unique())
    .addColumn('phone', 'text', (column) => column.unique())
    .addColumn('full_name', 'text')
    .addColumn('given_name', 'text')
    .addColumn('family_name', 'text')
    .addColumn('birth_date', 'text')
    .addColumn('bio', 'text')
    .addColumn('is_superuser', 'integer', (column) => column.notNull())
    .addColumn('is_staff', 'integer', (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('activated_at', integer)
    .addColumn('email_verified_at', integer)
    .addColumn('phone_verified_at', integer)
    .addColumn('disabled_at', integer)
    .addColumn('last_seen_at', integer)
    .addColumn('epoch', integer, (column) => column.notNull().defaultTo(0))
    .execute();

  await schema
    .createTable('passwords')
    .addColumn('account_id', 'text', (column) =>
      column.primaryKey().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('set_at', integer, (column) => column.notNull())
    .execute();

  await schema
    .createTable('challenges')
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('form', 'text', (column) => column.notNull())
    .addColumn('secret_digest', bytes, (column) => column.notNull())
    .addColumn('epoch', integer, (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('consumed_at', integer)
    .addPrimaryKeyConstraint('challenges_pk', ['account_id', 'purpose'])
    .execute();
  await schema.createIndex('challenges_by_target').on('challenges').columns(['target', 'purpose']).execute();
  await schema.createIndex('challenges_by_expiry').on('challenges').column('expires_at').execute();

  await schema
    .createTable('sessions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('contract', 'text', (column) => column.notNull())
    .addColumn('epoch', integer, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('ended_at', integer)
    .addColumn('end_reason', 'text')
    .execute();
  await schema.createIndex('sessions_by_account').on('sessions').column('account_id').execute();
  await schema.createIndex('sessions_by_expiry').on('sessions').column('expires_at').execute();

  await schema
    .createTable('refresh_tokens')
    .addColumn('digest', bytes, (column) => column.primaryKey())
    .addColumn('session_id', 'text', (column) =>
      column.notNull().references('sessions.id').onDelete('cascade'),
    )
    .addColumn('issued_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('exchanged_at', integer)
    .addColumn('successor_digest', bytes)
    .execute();
  await schema.createIndex('refresh_tokens_by_session').on('refresh_tokens').column('session_id').execute();
  await schema.createIndex('refresh_tokens_by_expiry').on('refresh_tokens').column('expires_at').execute();

  await schema
    .createTable('lockouts')
    .addColumn('subject', 'text', (column) => column.primaryKey())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('total', 'integer', (column) => column.notNull())
    .addColumn('locked_until', integer)
    .addColumn('touched_at', integer, (column) => column.notNull())
    .execute();

  await schema
    .createTable('quotas')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('used', 'integer', (column) => column.notNull())
    .addColumn('window_ends_at', integer, (column) => column.notNull())
    .execute();

  await schema
    .createTable('outbox')
    .addColumn('sequence', integer, sequence)
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('sealed', bytes)
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('next_attempt_at', integer, (column) => column.notNull())
    .addColumn('claimed_until', integer)
    .addColumn('settled_at', integer)
    .addColumn('failure', 'text')
    .execute();
  await schema.createIndex('outbox_by_due').on('outbox').columns(['state', 'next_attempt_at']).execute();

  await schema
    .createTable('audit_events')
    .addColumn('sequence', integer, sequence)
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    // No foreign key: what happened to a deleted account is what the trail is for.
    .addColumn('account_id', 'text')
    .addColumn('session_id', 'text')
    .addColumn('door', 'text', (column) => column.notNull())
    .addColumn('address', 'text')
    .addColumn('detail', 'text')
    .execute();
  await schema.createIndex('audit_events_by_account').on('audit_events').column('account_id').execute();
}
