import type { ClaimedEntry, OutboxStore } from '../core/message/index.ts';
import type { Clock, Log, Random } from '../core/ports.ts';
import type { Attempt } from './attempt.ts';
import { type BackoffSettings, backoffMs } from './backoff.ts';

export interface SettleOptions {
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** In whose name the entry was claimed. */
  readonly owner: string;
  readonly backoff: BackoffSettings;
}

/**
 * Records the verdict on an attempt: in the outbox first, then in the log, which tells of a message no more than
 * its topic and a masked address (SEC-087).
 * @throws what the store throws
 */
export async function settle(
  { id, attempts }: ClaimedEntry,
  { verdict, about }: Attempt,
  { store, clock, log, random, owner, backoff }: SettleOptions,
): Promise<void> {
  const fields = { messageId: id, ...about, attempts };
  const now = clock.now();
  switch (verdict.outcome) {
    case 'sent': {
      await store.markSent(id, now);
      log.info({ event: 'message_delivered', ...fields }, 'message delivered');
      break;
    }
    case 'decoy': {
      // In the outbox it ends like any other; only the log says what it was.
      await store.markSent(id, now);
      log.info({ event: 'decoy_settled', ...fields }, 'a decoy was not sent');
      break;
    }
    case 'dropped': {
      await store.markAbandoned(id, { now, reason: 'its code or link is dead' });
      log.info(
        { event: 'message_dropped', ...fields },
        'message not sent: its code or link was replaced, cancelled or used',
      );
      break;
    }
    case 'retried': {
      const { reason } = verdict;
      const pauseMs = backoffMs(attempts, backoff, random);
      await store.markRetry(id, { owner, nextAttemptAt: now + pauseMs, reason });
      log.warn(
        { event: 'message_retried', ...fields, reason, pauseMs },
        'message not delivered, will be tried again',
      );
      break;
    }
    case 'abandoned': {
      const { reason } = verdict;
      await store.markAbandoned(id, { now, reason });
      log.error({ event: 'message_abandoned', ...fields, reason }, 'message abandoned');
      break;
    }
  }
}
