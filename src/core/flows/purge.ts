import { totpStepAt } from '../../crypto/totp.ts';
import type { Core } from '../core.ts';

const DAY_MS = 86_400_000;
/** For the operator who asks next week what happened. */
const KEPT_MS = 7 * DAY_MS;

/** Small enough to hold up no other writer. */
const AUDIT_BATCH = 500;

async function purgeAudit({ storage, clock, policy }: Core): Promise<number> {
  const { auditMs } = policy;
  if (auditMs === undefined) return 0;
  const before = clock.now() - auditMs;
  let [total, deleted] = [0, 0];
  do {
    // A transaction of its own each, so that others get their turn in between.
    deleted = await storage.transaction((stores) => stores.audit.purge({ before, limit: AUDIT_BATCH }));
    total += deleted;
  } while (deleted === AUDIT_BATCH);
  return total;
}

/** Deletes what is over and only takes room. Safe to run at any time, from any process; returns rows by kind. */
export async function purge(core: Core): Promise<Record<string, number>> {
  const { storage, clock, policy } = core;
  const now = clock.now();
  return {
    pendingSignUps: await storage.accounts.purgePending(now - policy.pendingMs),
    challenges: await storage.challenges.purge(now - DAY_MS),
    sessions: await storage.sessions.purge(now - KEPT_MS),
    messages: await storage.outbox.purge(now - KEPT_MS),
    lockouts: await storage.lockouts.purge(now - 30 * DAY_MS),
    totpSteps: await storage.totp.purge(totpStepAt(now - DAY_MS)),
    quotas: await storage.quotas.purge(now),
    auditEvents: await purgeAudit(core),
  };
}
