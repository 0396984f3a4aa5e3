import type { Kysely } from 'kysely';

/**
 * Who acted on an account, and where each session was opened. The indexes of the audit trail end with the time, so that
 * its newest events are found by account, by type, or by both.
 */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable('audit_events').addColumn('actor', 'text').execute();
  await schema.alterTable('sessions').addColumn('address', 'text').execute();
  await schema.alterTable('sessions').addColumn('user_agent', 'text').execute();
  await schema.dropIndex('audit_events_by_account').execute();
  const indexes = {
    audit_events_by_account: ['account_id', 'at'],
    audit_events_by_account_and_type: ['account_id', 'type', 'at'],
    audit_events_by_type: ['type', 'at'],
  };
  for (const [name, columns] of Object.entries(indexes)) {
    await schema.createIndex(name).on('audit_events').columns(columns).execute();
  }
}
