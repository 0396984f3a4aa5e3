import type { Kysely } from 'kysely';
import type { SqlEngine } from '../engines/engine.ts';
import type { Tables } from '../tables/index.ts';

/** What a store talks to: the engine's two sides, or one transaction that is both. */
export interface Handles {
  readonly read: Kysely<Tables>;
  readonly write: Kysely<Tables>;
  readonly engine: SqlEngine;
}

/** Runs statements together: in the caller's transaction if there is one, otherwise in a new one. */
export function inTransaction<T>(
  { write, engine }: Handles,
  work: (transaction: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  return write.isTransaction ? work(write) : engine.transaction(work);
}

/** A row count as the stores answer it. */
export function affected(result: { numDeletedRows?: bigint; numUpdatedRows?: bigint }): number {
  return Number(result.numDeletedRows ?? result.numUpdatedRows ?? 0n);
}
