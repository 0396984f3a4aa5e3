import { type Kysely, sql } from 'kysely';
import type { SqlDialectFacts } from '../engines/engine.ts';

/**
 * Where processes on several machines count short windows together; `rate-limiter-flexible` names the columns. Not
 * logged: a count that a crash forgets was over in a minute, and a count is no reason to wait for the disk.
 */
export async function up(database: Kysely<unknown>, { isShared }: SqlDialectFacts): Promise<void> {
  if (!isShared) return;
  await sql`create unlogged table rate_limits
    (key text collate "C" primary key, points integer not null default 0, expire bigint)`.execute(database);
}
