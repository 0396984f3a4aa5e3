import { totpStepAt } from '../../crypto/totp.ts';
import type { Core } from '../core.ts';

const DAY_MS = 86_400_000;
/** For the operator who asks next week what happened. */
const KEPT_MS = 7 * DAY_MS;

/**
 * Deletes in small pieces, each with its own commit and followed by a pause. SQLite runs in this process: while it deletes,
 * no request is served.
 */
async function inPieces(
  { storage, pause }: Core,
  deleteSome: (limit: number) => Promise<number>,
): Promise<number> {
  const { deletionPace } = storage;
  for (let total = 0; ; ) {
    const deleted = await deleteSome(deletionPace.rows);
    total += deleted;
    if (deleted === 0) return total;
    await deletionPace.settle();
    await pause(deletionPace.pauseMs);
  }
}

/** Deletes what is over and only takes room. Safe to run at any time, from any process; returns rows by kind. */
export async function purge(core: Core): Promise<Record<string, number>> {
  const { storage, clock, policy } = core;
  const now = clock.now();
  const { auditMs, pendingMs } = policy;
  const all = (deleteSome: (limit: number) => Promise<number>) => inPieces(core, deleteSome);
  return {
    pendingSignUps: await all((limit) => storage.accounts.purgePending(now - pendingMs, limit)),
    challenges: await all((limit) => storage.challenges.purge(now - DAY_MS, limit)),
    addressUndos: await all((limit) => storage.addressUndos.purge(now, limit)),
    // Tokens first: a session takes those that it still has with it, in one statement of any size.
    sessions:
      (await all((limit) => storage.refreshTokens.purge(now - KEPT_MS, limit))) +
      (await all((limit) => storage.accessTokens.purge(now - KEPT_MS, limit))) +
      (await all((limit) => storage.sessions.purge(now - KEPT_MS, limit))),
    messages: await all((limit) => storage.outbox.purge(now - KEPT_MS, limit)),
    lockouts: await all((limit) => storage.lockouts.purge(now - 30 * DAY_MS, limit)),
    totpSteps: await all((limit) => storage.totp.purge(totpStepAt(now - DAY_MS), limit)),
    quotas: await all((limit) => storage.quotas.purge(now, limit)),
    auditEvents: auditMs === undefined ? 0 : await all((limit) => storage.audit.purge(now - auditMs, limit)),
  };
}

purge.errors = [] as const;
