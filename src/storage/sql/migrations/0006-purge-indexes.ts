import type { Kysely } from 'kysely';

/**
 * So that deleting what is over finds it, instead of searching through what lives. Where they can they cover only rows
 * that are to go, so that a sign-in writes two of them and a refresh none.
 */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createIndex('accounts_pending')
    .on('accounts')
    .column('created_at')
    .where('activated_at' as never, 'is', null)
    .execute();
  await schema
    .createIndex('sessions_by_end')
    .on('sessions')
    .column('ended_at')
    .where('ended_at' as never, 'is not', null)
    .execute();
  await schema
    .createIndex('outbox_settled')
    .on('outbox')
    .column('created_at')
    .where('settled_at' as never, 'is not', null)
    .execute();
  await schema.createIndex('audit_events_by_time').on('audit_events').column('at').execute();
  await schema.createIndex('lockouts_by_touch').on('lockouts').column('touched_at').execute();
  await schema.createIndex('quotas_by_end').on('quotas').column('window_ends_at').execute();
}
