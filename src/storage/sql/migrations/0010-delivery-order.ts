import type { Kysely } from 'kysely';

/**
 * Whom a message goes to, so that one recipient gets one message at a time; which challenge it carries, so that the
 * message of a dead one is not sent; and which process is delivering it. Messages from before have none of them.
 */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  for (const name of ['recipient', 'challenge_id', 'claimed_by']) {
    await schema.alterTable('outbox').addColumn(name, 'text').execute();
  }
  await schema
    .createIndex('outbox_by_recipient')
    .on('outbox')
    .columns(['recipient', 'sequence'])
    .where('state' as never, '=', 'pending')
    .execute();
}
