import { setImmediate as turn } from 'node:timers/promises';
import type { App } from '../../src/app.ts';

/** More than any test leaves in an outbox. */
const ALL = 1_000;

/** Resolves when the worker of a server has left nothing in the outbox that is due by the clock. */
export async function untilDelivered({ storage, clock, worker }: App): Promise<void> {
  worker.wake();
  const isDue = async () => {
    const now = clock.now();
    const entries = await storage.outbox.list(ALL);
    return entries.some(
      ({ state, nextAttemptAt, expiresAt }) => state === 'pending' && nextAttemptAt <= now && expiresAt > now,
    );
  };
  while (await isDue()) await turn();
}
