import { sql } from 'kysely';
import type { SqlEngine } from '../engine.ts';

/** What an operator should know about the server. */
export interface ServerFacts {
  /** Such as `18.4`. */
  readonly version: string;
  readonly majorVersion: number;
  /** Connections that the server takes from everybody who is no superuser. */
  readonly maxConnections: number;
  /** By how much the clock of this machine is ahead of the server's; negative when it is behind. */
  readonly clockAheadMs: number;
}

/** @param now the clock of this machine, in epoch milliseconds */
export async function serverFacts({ read }: SqlEngine, now: () => number): Promise<ServerFacts> {
  const clockAheadMs = await compareClocks({ read }, now);
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
    clockAheadMs,
    maxConnections: Number(row.most) - Number(row.kept) - Number(row.reserved ?? 0),
  };
}

/** The server looks at its clock about half way between question and answer. */
async function compareClocks({ read }: Pick<SqlEngine, 'read'>, now: () => number): Promise<number> {
  const askedAt = now();
  const { rows } = await sql<{ now: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(read);
  const here = (askedAt + now()) / 2;
  return here - (rows[0]?.now ?? here);
}
