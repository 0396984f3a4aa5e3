import { type Kysely, sql } from 'kysely';
import type { SqlDialectFacts } from '../engines/engine.ts';

/**
 * Attempts are reserved before they are evaluated and settled afterwards. A counter that locks starts over at once, so
 * that the end of the lock needs no write.
 */
export async function up(database: Kysely<unknown>, { integer }: SqlDialectFacts): Promise<void> {
  const { schema } = database;
  await schema
    .alterTable('lockouts')
    .addColumn('in_flight', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema.alterTable('lockouts').addColumn('in_flight_until', integer).execute();
  await schema
    .alterTable('lockouts')
    .addColumn('generation', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`update lockouts set failures = 0 where locked_until is not null`.execute(database);
}
