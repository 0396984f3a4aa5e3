import { sql } from 'kysely';
import { DatabaseUnusable } from '../../../errors.ts';
import type { PostgresLocation } from '../../../location.ts';
import type { SqlEngine } from '../engine.ts';

/** In any other encoding a name or an address with a letter that it lacks is an error of the database. */
export async function assertUtf8({ schema }: SqlEngine, { name }: PostgresLocation): Promise<void> {
  // On the connection that bulk work expects to be the only one.
  const asked = sql<{ encoding: string }>`select current_setting('server_encoding') as encoding`;
  const encoding = (await asked.execute(schema)).rows[0]?.encoding;
  if (encoding === 'UTF8') return;
  throw new DatabaseUnusable(
    `the PostgreSQL database ${name} has the encoding ${encoding}, and Latchkey needs UTF8`,
    `make another one with: create database <name> encoding 'UTF8' locale 'C.UTF-8' template template0`,
  );
}
