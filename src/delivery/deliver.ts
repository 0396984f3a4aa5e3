import type { ClaimedEntry, OutboxJob, OutboxStore } from '../core/message/index.ts';
import type { Clock, Log, Random } from '../core/ports.ts';
import { backoffMs } from './backoff.ts';
import { DeliveryFailure } from './channels/index.ts';
import type { JobHandler, JobHandlers } from './handlers.ts';
import { scrub } from './mask.ts';
import type { DeliverySettings } from './settings.ts';

export interface DeliverOptions {
  readonly store: OutboxStore;
  /** @throws Error when the body was tampered with or sealed with another secret; such a job is abandoned */
  readonly open: (entry: ClaimedEntry) => OutboxJob;
  readonly handlers: JobHandlers;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The process that claimed the entry. */
  readonly owner: string;
  readonly settings: DeliverySettings;
  /** Called with each error of the store while the claim is renewed. */
  readonly onRenewalFailure: (error: unknown) => void;
}

/** What became of one attempt at a job. */
type Outcome =
  | { readonly kind: 'sent' }
  /** Never meant to be sent. In the outbox it ends like one that was. */
  | { readonly kind: 'decoy' }
  /** Its code or link is dead: a newer one was sent, or it was used or cancelled. */
  | { readonly kind: 'dropped' }
  /** `reason` is scrubbed: it may be logged and stored. */
  | { readonly kind: 'retried' | 'abandoned'; readonly reason: string };

interface Attempt {
  readonly outcome: Outcome;
  /** What a log may say about the job, as far as it could be read. */
  readonly about: Readonly<Record<string, string>>;
}

/**
 * One delivery of a claimed entry: renews the claim, makes one attempt within the time limit, and records the outcome.
 * @param abort ends the attempt
 * @throws what the store throws while the outcome is recorded; the claim then ends and the job is tried again
 */
export async function deliver(
  entry: ClaimedEntry,
  abort: AbortController,
  options: DeliverOptions,
): Promise<Outcome['kind']> {
  const { store, clock, owner, settings, onRenewalFailure } = options;
  const { deliveryTimeoutMs, renewalMs, leaseMs } = settings;
  const timeout = setTimeout(
    () => abort.abort(`took longer than ${deliveryTimeoutMs} ms`),
    deliveryTimeoutMs,
  );
  const renewal = setInterval(() => {
    store.renew(entry.id, { owner, leaseUntil: clock.now() + leaseMs }).catch(onRenewalFailure);
  }, renewalMs);
  const { outcome, about } = await attempt(entry, abort.signal, options);
  clearTimeout(timeout);
  clearInterval(renewal);
  await record(entry, outcome, about, options);
  return outcome.kind;
}

/** Opens the job and runs its handler. Never throws: what went wrong is the outcome. */
async function attempt(
  entry: ClaimedEntry,
  signal: AbortSignal,
  { open, handlers, clock, settings: { maxAttempts } }: DeliverOptions,
): Promise<Attempt> {
  // Expired entries are not claimed, but this one may have expired since.
  if (clock.now() >= entry.expiresAt) return { outcome: abandoned('expired'), about: {} };
  if (entry.isDead) return { outcome: { kind: 'dropped' }, about: {} };
  // The last attempt recorded no outcome: its process died, and this attempt could end this process too.
  if (entry.attempts > maxAttempts) return { outcome: abandoned(`tried ${maxAttempts} times`), about: {} };
  let job: OutboxJob;
  let handler: JobHandler<OutboxJob['payload']>;
  let about: Attempt['about'];
  try {
    job = open(entry);
    // The table pairs each kind with its payload.
    handler = handlers[job.kind];
    about = handler.describe(job.payload);
  } catch {
    return { outcome: abandoned('unreadable: sealed with another secret, or tampered with'), about: {} };
  }
  try {
    return { outcome: { kind: await handler.run(job.payload, entry.id, signal) }, about };
  } catch (error) {
    const reason = reasonOf(error, signal);
    if (error instanceof DeliveryFailure && error.kind === 'permanent') {
      return { outcome: abandoned(reason), about };
    }
    if (entry.attempts >= maxAttempts) {
      return { outcome: abandoned(`tried ${maxAttempts} times: ${reason}`), about };
    }
    return { outcome: { kind: 'retried', reason }, about };
  }
}

function abandoned(reason: string): Outcome {
  return { kind: 'abandoned', reason };
}

/** An aborted attempt fails with whatever was cut short; why it was aborted says more. */
function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return String(signal.reason);
  return scrub(error instanceof Error ? error.message : String(error));
}

/** In the outbox first, then in the log. */
async function record(
  { id, attempts }: ClaimedEntry,
  outcome: Outcome,
  about: Attempt['about'],
  { store, clock, log, random, owner, settings: { backoff } }: DeliverOptions,
): Promise<void> {
  const fields = { messageId: id, ...about, attempts };
  const now = clock.now();
  switch (outcome.kind) {
    case 'sent': {
      await store.markSent(id, now);
      log.info({ event: 'message_delivered', ...fields }, 'message delivered');
      break;
    }
    case 'decoy': {
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
      const { reason } = outcome;
      const pauseMs = backoffMs(attempts, backoff, random);
      await store.markRetry(id, { owner, nextAttemptAt: now + pauseMs, reason });
      log.warn(
        { event: 'message_retried', ...fields, reason, pauseMs },
        'message not delivered, will be tried again',
      );
      break;
    }
    case 'abandoned': {
      const { reason } = outcome;
      await store.markAbandoned(id, { now, reason });
      log.error({ event: 'message_abandoned', ...fields, reason }, 'message abandoned');
      break;
    }
  }
}
