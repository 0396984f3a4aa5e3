import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { SERVER, type TransactionName } from './connection.ts';

/** Together about two seconds: a server that ends all its sessions after one of them crashed is often back by then. */
const PAUSES_MS = [0, 50, 150, 400, 600, 800];

/**
 * Asks the server on another connection what became of a transaction whose commit was never answered. Undefined when
 * it cannot be known: nobody may then claim the one or the other, nor do it again.
 */
export async function commitOutcome(
  pool: Pool,
  transaction: TransactionName,
): Promise<'committed' | 'aborted' | undefined> {
  for (const ms of PAUSES_MS) {
    await pause(ms);
    const status = await statusOf(pool, transaction);
    if (status === 'committed' || status === 'aborted') return status;
  }
  return undefined;
}

/** Undefined while the server does not answer, no longer remembers, or is another than the one that gave the id. */
async function statusOf(pool: Pool, { id, server }: TransactionName): Promise<string | undefined> {
  try {
    const asked = pool.query<{ status: string | null }>(
      `select pg_xact_status($1::xid8) as status where ${SERVER} = $2`,
      [id, server],
    );
    return (await asked).rows[0]?.status ?? undefined;
  } catch {
    return undefined;
  }
}
