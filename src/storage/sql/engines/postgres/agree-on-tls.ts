import type { PostgresLocation } from '../../../location.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { createClient } from './pool.ts';

/**
 * The location with what `allow` or `prefer` comes to at this server. libpq asks again with every connection; asked once,
 * a connection that is encrypted today is not sent in clear tomorrow because somebody on the way says so.
 * @throws what the first way failed with, when the other one fails, too
 */
export async function agreeOnTls(
  location: PostgresLocation,
  limits: ConnectionLimits,
): Promise<PostgresLocation> {
  const { mode } = location.tls;
  if (mode !== 'allow' && mode !== 'prefer') return location;
  const ways = (['disable', 'require'] as const).map((way) => ({ ...location, tls: { mode: way } }));
  const [first, second] = mode === 'allow' ? ways : ways.toReversed();
  if (first === undefined || second === undefined) return location;
  if (await connects(first, limits)) return first;
  // Where neither works, the first use of the first says why.
  return (await connects(second, limits)) ? second : first;
}

async function connects(location: PostgresLocation, limits: ConnectionLimits): Promise<boolean> {
  const client = createClient(location, limits);
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
