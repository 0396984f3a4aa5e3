import { totpStepAt } from '../../crypto/totp.ts';
import type { Core } from '../core.ts';

const DAY_MS = 86_400_000;
/** For the operator who asks next week what happened. */
const KEPT_MS = 7 * DAY_MS;
/** Small enough to hold up no other writer. */
const BATCH = 500;

/**
 * Batch by batch, each committed on its own, so that others get their turn in between: other writers, and whatever waits
 * in this process, which an engine without a network of its own would hold up until the last one.
 */
async function inBatches(deleteSome: (limit: number) => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await deleteSome(BATCH);
    total += deleted;
    if (deleted < BATCH) return total;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Deletes what is over and only takes room. Safe to run at any time, from any process; returns rows by kind. */
export async function purge({ storage, clock, policy }: Core): Promise<Record<string, number>> {
  const now = clock.now();
  const { auditMs, pendingMs } = policy;
  return {
    pendingSignUps: await inBatches((limit) => storage.accounts.purgePending(now - pendingMs, limit)),
    challenges: await inBatches((limit) => storage.challenges.purge(now - DAY_MS, limit)),
    addressUndos: await inBatches((limit) => storage.addressUndos.purge(now, limit)),
    sessions: await inBatches((limit) => storage.sessions.purge(now - KEPT_MS, limit)),
    messages: await inBatches((limit) => storage.outbox.purge(now - KEPT_MS, limit)),
    lockouts: await inBatches((limit) => storage.lockouts.purge(now - 30 * DAY_MS, limit)),
    totpSteps: await inBatches((limit) => storage.totp.purge(totpStepAt(now - DAY_MS), limit)),
    quotas: await inBatches((limit) => storage.quotas.purge(now, limit)),
    auditEvents:
      auditMs === undefined ? 0 : await inBatches((limit) => storage.audit.purge(now - auditMs, limit)),
  };
}
