import type { ContactIdentifier } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import { AuthError } from '../../errors.ts';
import type { Stores } from '../../storage.ts';
import type { Client, NamedQuota, Quota } from '../../throttle/index.ts';

/** One row of the quota store, and what it may reach. */
export interface Counter {
  readonly key: string;
  readonly quota: Quota;
}

/** A budget of one identifier: what all clients together may use up, and what part of it one client network may. */
export interface IdentifierBudget {
  /** Names the counters; different budgets have different names. */
  readonly name: string;
  readonly windows: readonly NamedQuota[];
  /** One client network gets one part in so many, rounded down, and at least 1. */
  readonly parts: number;
}

/**
 * The counters of one identifier for one client, the identifier's own first. Identifiers and networks appear in them by
 * keyed names, so that the quota store is no list of who was asked for.
 */
export function countersOf(
  core: Core,
  { name, windows, parts }: IdentifierBudget,
  { identifier, client }: { readonly identifier: ContactIdentifier; readonly client: Client },
): Counter[] {
  const everybody = core.nameOf(identifier.key);
  const network = core.nameOf(JSON.stringify([identifier.key, client.subnet]));
  return windows.flatMap(({ name: window, limit, windowMs }) => [
    { key: `${name}:${window}:${everybody}`, quota: { limit, windowMs } },
    {
      key: `${name}:${window}:network:${network}`,
      quota: { limit: Math.max(1, Math.floor(limit / parts)), windowMs },
    },
  ]);
}

/**
 * Counts one in every counter, in the caller's transaction.
 * @param reason for the log
 * @throws AuthError `throttled` when one of them is used up; rolls the transaction back, so that none of them stays counted
 */
export async function countInAll(
  core: Core,
  stores: Stores,
  counters: readonly Counter[],
  reason: string,
): Promise<void> {
  const now = core.clock.now();
  for (const { key, quota } of counters) {
    const outcome = await stores.quotas.count(key, quota, now);
    if (outcome.kind === 'exceeded') {
      throw new AuthError('throttled', { retryAfterMs: outcome.retryAt - now, reason });
    }
  }
}
