import type { Kysely } from 'kysely';
import type { SqlDialectFacts } from '../engines/engine.ts';

/** When and how the account of a session was authenticated: `amr` holds RFC 8176 values, separated by spaces. */
export async function up({ schema }: Kysely<unknown>, { integer }: SqlDialectFacts): Promise<void> {
  await schema.alterTable('sessions').addColumn('auth_time', integer).execute();
  await schema.alterTable('sessions').addColumn('amr', 'text').execute();
}
