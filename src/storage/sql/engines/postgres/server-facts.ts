import { sql } from 'kysely';
import type { SqlEngine } from '../engine.ts';

/** What an operator should know about the server. */
export interface ServerFacts {
  /** Such as `18.4`. */
  readonly version: string;
  readonly majorVersion: number;
  /** Connections that the server takes from everybody who is no superuser. */
  readonly maxConnections: number;
}

export async function serverFacts({ read }: SqlEngine): Promise<ServerFacts> {
  const setting = (name: string) => sql<string>`current_setting(${name}, true)`;
  const { rows } = await sql<{
    version: string;
    number: string;
    most: string;
    kept: string;
    reserved: string | null;
  }>`
    select ${setting('server_version')} as version, ${setting('server_version_num')} as number,
      ${setting('max_connections')} as most, ${setting('superuser_reserved_connections')} as kept,
      ${setting('reserved_connections')} as reserved`.execute(read);
  const [row] = rows;
  if (row === undefined) throw new Error('the server told nothing about itself');
  return {
    version: row.version.split(' ')[0] ?? row.version,
    majorVersion: Math.floor(Number(row.number) / 10_000),
    maxConnections: Number(row.most) - Number(row.kept) - Number(row.reserved ?? 0),
  };
}
