import { totpStepAt } from '../../crypto/totp.ts';
import type { Core } from '../core.ts';

const DAY_MS = 86_400_000;
/** For the operator who asks next week what happened. */
const KEPT_MS = 7 * DAY_MS;

/** Deletes what is over and only takes room. Safe to run at any time, from any process; returns rows by kind. */
export async function purge({ storage, clock, policy }: Core): Promise<Record<string, number>> {
  const now = clock.now();
  return {
    pendingSignUps: await storage.accounts.purgePending(now - policy.pendingMs),
    challenges: await storage.challenges.purge(now - DAY_MS),
    sessions: await storage.sessions.purge(now - KEPT_MS),
    messages: await storage.outbox.purge(now - KEPT_MS),
    lockouts: await storage.lockouts.purge(now - 30 * DAY_MS),
    totpSteps: await storage.totp.purge(totpStepAt(now - DAY_MS)),
    quotas: await storage.quotas.purge(now),
  };
}
