import type { ClaimedEntry, JobKind } from '../core/message/index.ts';
import { counted } from '../core/words.ts';
import { type DeliverOptions, deliver } from './deliver.ts';
import { scrub } from './mask.ts';
import { type DeliverySettings, deliverySettings } from './settings.ts';

/** What the metrics count. Expired messages are abandoned ones; decoys and dropped messages are not counted. */
export type CountedOutcome = 'sent' | 'retried' | 'abandoned';

export interface OutboxWorkerOptions extends Omit<DeliverOptions, 'settings' | 'onRenewalFailure'> {
  /** Names this process in its claims. */
  readonly owner: string;
  /**
   * Whether the process of that name has ended, so that what it claimed is due at once. Absent where processes of other
   * machines use the same outbox: their claims end with their leases.
   */
  readonly hasEnded?: (owner: string) => boolean;
  readonly settings?: Partial<DeliverySettings>;
  /** Called with every outcome, for metrics. */
  readonly observer?: (outcome: CountedOutcome, count: number) => void;
}

/** While the store fails, polls become rarer, up to this factor. */
const MAX_SLOWDOWN = 32;

/**
 * Delivers what waits in the outbox, at least once and never after it expired. Each kind of job has a queue with slots of
 * its own. This class decides when the queues claim and when deliveries stop; deliver.ts is one delivery.
 */
export class OutboxWorker {
  readonly #options: OutboxWorkerOptions;
  readonly #settings: DeliverySettings;
  readonly #queues: readonly JobQueue[];
  #pollTimer: NodeJS.Timeout | undefined;
  #wakeTimer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #started = false;
  #storeFailures = 0;

  constructor(options: OutboxWorkerOptions) {
    this.#options = options;
    this.#settings = deliverySettings(options.settings);
    const { store, owner, clock, handlers } = options;
    // Also kinds that no channel is configured for: their handler abandons what waits.
    this.#queues = (Object.keys(handlers) as JobKind[]).map(
      (kind) =>
        new JobQueue({
          slots: this.#settings.concurrency,
          claim: (limit) => {
            const now = clock.now();
            return store.claim({ kind, owner, now, leaseUntil: now + this.#settings.leaseMs, limit });
          },
          release: (entries) =>
            store.release(
              entries.map(({ id }) => id),
              owner,
            ),
          deliver: (entry, abort) => this.#deliver(entry, abort),
          onFailure: (error) => this.#storeFailed(error),
        }),
    );
  }

  /** From now on delivers by itself, until `stop`. Does not keep the process alive. */
  start(): void {
    if (this.#started || this.#stopped !== undefined) return;
    this.#started = true;
    this.#polling = this.#releaseDead().then(() => this.#poll());
  }

  /**
   * Call after a commit that wrote to the outbox: delivers soon instead of at the next poll. Not at once, but after a
   * random moment: otherwise a client could measure what a delivery costs this process, and learn whether there was one
   * (SEC-004). Does nothing when called again before that, before `start`, or while the store fails.
   */
  wake(): void {
    if (!this.#mayWake() || this.#wakeTimer !== undefined) return;
    const { minMs, maxMs } = this.#settings.wakeDelay;
    if (maxMs === 0) {
      this.#claimInBackground();
      return;
    }
    const delayMs = minMs + this.#options.random.int(maxMs - minMs + 1);
    this.#wakeTimer = setTimeout(() => {
      this.#wakeTimer = undefined;
      if (this.#mayWake()) this.#claimInBackground();
    }, delayMs).unref();
  }

  /** Claims nothing more, lets deliveries finish for the grace period and aborts the rest. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#pollTimer);
    clearTimeout(this.#wakeTimer);
    const grace = setTimeout(() => {
      for (const queue of this.#queues) queue.abort('the server is shutting down');
    }, this.#settings.stopGraceMs);
    // Awaited, so that the store can be closed afterwards.
    const closed = this.#queues.map((queue) => queue.close());
    await this.#polling;
    await Promise.all(closed);
    clearTimeout(grace);
  }

  #mayWake(): boolean {
    return this.#started && this.#stopped === undefined && this.#storeFailures === 0;
  }

  #claimInBackground(): void {
    for (const queue of this.#queues) queue.claimInBackground();
  }

  /** Makes due what processes that have ended since had claimed. */
  async #releaseDead(): Promise<void> {
    const { store, log, hasEnded } = this.#options;
    if (hasEnded === undefined) return;
    try {
      for (const owner of await store.claimOwners()) {
        if (!hasEnded(owner)) continue;
        const released = await store.releaseAllOf(owner);
        log.warn(
          { event: 'claims_released', owner, released },
          `${counted(released, 'message is', 'messages are')} due again: process ${owner} ended while it delivered`,
        );
      }
    } catch (error) {
      // The leases end by themselves.
      this.#storeFailed(error);
    }
  }

  async #poll(): Promise<void> {
    try {
      await this.#abandonExpired();
      await Promise.all(this.#queues.map((queue) => queue.claim()));
      this.#storeFailures = 0;
    } catch (error) {
      this.#storeFailed(error);
    }
    if (this.#stopped !== undefined) return;
    const slowdown = Math.min(2 ** this.#storeFailures, MAX_SLOWDOWN);
    this.#pollTimer = setTimeout(() => {
      this.#polling = this.#poll();
    }, this.#settings.pollIntervalMs * slowdown).unref();
  }

  async #abandonExpired(): Promise<void> {
    const { store, clock, log, observer } = this.#options;
    const expired = await store.abandonExpired(clock.now());
    if (expired === 0) return;
    log.warn({ event: 'messages_expired', expired }, 'messages expired before they could be delivered');
    observer?.('abandoned', expired);
  }

  async #deliver(entry: ClaimedEntry, abort: AbortController): Promise<void> {
    try {
      const outcome = await deliver(entry, abort, {
        ...this.#options,
        settings: this.#settings,
        onRenewalFailure: (error) => this.#storeFailed(error),
      });
      if (outcome !== 'decoy' && outcome !== 'dropped') this.#options.observer?.(outcome, 1);
    } catch (error) {
      // The outbox does not know the outcome. The lease ends and the message is sent again: at least once, under the
      // same Message-ID.
      this.#storeFailed(error);
    }
  }

  #storeFailed(error: unknown): void {
    this.#storeFailures += 1;
    const reason = scrub(error instanceof Error ? error.message : String(error));
    this.#options.log.error(
      { event: 'outbox_failed', reason },
      'the outbox does not answer; deliveries wait for it',
    );
  }
}

interface JobQueueOptions {
  /** Deliveries at the same time. */
  readonly slots: number;
  readonly claim: (limit: number) => Promise<ClaimedEntry[]>;
  /** Gives claims back that were not tried. */
  readonly release: (entries: readonly ClaimedEntry[]) => Promise<void>;
  /** One delivery, with its outcome recorded. Never rejects. */
  readonly deliver: (entry: ClaimedEntry, abort: AbortController) => Promise<void>;
  /** Called with the error of a claim that no caller awaits. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * The slots of one kind of job: a mail server that stalls delays mail and nothing else. Entries are claimed only into
 * free slots, so each claim is tried at once. A slot that becomes free is filled again: the next message to the same
 * recipient waits for that.
 */
class JobQueue {
  readonly #options: JobQueueOptions;
  /** Deliveries in progress, and how to abort each. */
  readonly #running = new Map<Promise<void>, AbortController>();
  #claiming: Promise<void> | undefined;
  #isClosed = false;
  /** There may be due entries that no claim has looked for yet. */
  #due = false;

  constructor(options: JobQueueOptions) {
    this.#options = options;
  }

  /** Claims what is due, as far as there are slots. During a claim it makes that one look again. @throws what the store throws */
  claim(): Promise<void> {
    this.#due = true;
    if (this.#claiming === undefined && this.#mayClaim()) this.#claiming = this.#claimWhileDue();
    return this.#claiming ?? Promise.resolve();
  }

  /** The same for callers that await nothing. An error goes to `onFailure`, once for all who joined the claim. */
  claimInBackground(): void {
    const isJoining = this.#claiming !== undefined;
    const claim = this.claim();
    if (!isJoining) claim.catch(this.#options.onFailure);
  }

  /** Claims nothing more; resolves when no claim and no delivery is in progress. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#claiming?.catch(() => undefined);
    await Promise.all(this.#running.keys());
  }

  /** Aborts the deliveries in progress. */
  abort(reason: string): void {
    for (const delivery of this.#running.values()) delivery.abort(reason);
  }

  #mayClaim(): boolean {
    return this.#due && this.#running.size < this.#options.slots && !this.#isClosed;
  }

  /** One claim at a time: two would count the same slots as free. */
  async #claimWhileDue(): Promise<void> {
    try {
      do await this.#claimOnce();
      while (this.#mayClaim());
    } finally {
      // In the same tick as the last look at the flag, so that no call falls in between.
      this.#claiming = undefined;
    }
  }

  async #claimOnce(): Promise<void> {
    const { slots, claim, release } = this.#options;
    const limit = slots - this.#running.size;
    this.#due = false;
    try {
      const entries = await claim(limit);
      if (this.#isClosed) return await release(entries);
      for (const entry of entries) this.#begin(entry);
      // All slots were filled: there may be more.
      if (entries.length === limit) this.#due = true;
    } catch (error) {
      this.#due = true;
      throw error;
    }
  }

  #begin(entry: ClaimedEntry): void {
    const abort = new AbortController();
    const delivery = this.#options.deliver(entry, abort).finally(() => {
      this.#running.delete(delivery);
      this.claimInBackground();
    });
    this.#running.set(delivery, abort);
  }
}
