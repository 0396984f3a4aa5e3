import type { ClaimedEntry, Message, OutboxStore } from '../core/message/index.ts';
import type { Clock, Log, Random } from '../core/ports.ts';
import { attempt } from './attempt.ts';
import type { Channel } from './channels/index.ts';
import { scrub } from './mask.ts';
import { type DeliverySettings, deliverySettings } from './settings.ts';
import { settle } from './settle.ts';

/** What became of the messages that a stretch of work touched. Expired ones count as abandoned. */
export interface DeliveryCounts {
  sent: number;
  retried: number;
  abandoned: number;
}

export interface OutboxWorkerOptions {
  readonly store: OutboxStore;
  /** @throws when the body was tampered with; such a message is abandoned. */
  readonly open: (sealed: Uint8Array, id: string) => Message;
  readonly channels: readonly Channel[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What messages call this installation. */
  readonly productName: string;
  readonly settings?: Partial<DeliverySettings>;
  /** Told of every outcome, for metrics. */
  readonly observer?: (outcome: keyof DeliveryCounts, count: number) => void;
}

/** While the store fails, looks at it grow rarer, up to this much. */
const MAX_SLOWDOWN = 32;

/**
 * Delivers what waits in the outbox, at least once and never after it expired (decision 7). Entries are claimed
 * only into free slots, so each claim is tried at once and its lease outlives its delivery; a slot that gets
 * free is filled again while there may be more, so a slow message holds up one slot and no other message.
 */
export class OutboxWorker {
  readonly #options: OutboxWorkerOptions;
  readonly #settings: DeliverySettings;
  readonly #counts: DeliveryCounts = { sent: 0, retried: 0, abandoned: 0 };
  /** Deliveries under way, and how to end each. */
  readonly #running = new Map<Promise<void>, AbortController>();
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #claiming: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #started = false;
  /** Something may be due that no claim has looked for yet. */
  #due = false;
  #storeFailures = 0;

  constructor(options: OutboxWorkerOptions) {
    this.#options = options;
    this.#settings = deliverySettings(options.settings);
  }

  /** From now on delivers by itself, until `stop`. Does not keep the process alive. */
  start(): void {
    if (this.#started || this.#stopped !== undefined) return;
    this.#started = true;
    this.#polling = this.#poll();
  }

  /**
   * Call after a commit that wrote to the outbox: delivers now instead of at the next poll. Costs one flag when
   * called again before the claim it asked for, and nothing before `start` or while the store fails.
   */
  wake(): void {
    if (!this.#started || this.#stopped !== undefined || this.#storeFailures > 0) return;
    this.#due = true;
    this.#claimInBackground();
  }

  /**
   * Delivers everything due by the clock and waits for it, whatever started it.
   * @throws what the store throws
   */
  async drain(): Promise<DeliveryCounts> {
    const before = { ...this.#counts };
    if (this.#stopped === undefined) await this.#abandonExpired();
    this.#due = true;
    while (this.#stopped === undefined && this.#isBusy()) {
      await this.#claim();
      await Promise.all(this.#running.keys());
    }
    return {
      sent: this.#counts.sent - before.sent,
      retried: this.#counts.retried - before.retried,
      abandoned: this.#counts.abandoned - before.abandoned,
    };
  }

  /** Claims nothing more, lets deliveries finish for the grace period and ends the rest. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer);
    const grace = setTimeout(() => {
      for (const patience of this.#running.values()) patience.abort('the server is shutting down');
    }, this.#settings.stopGraceMs);
    // Waited for, so that the store can be closed afterwards. Whoever started the claim hears of its failure.
    await this.#polling;
    await this.#claiming?.catch(() => undefined);
    await Promise.all(this.#running.keys());
    clearTimeout(grace);
  }

  async #poll(): Promise<void> {
    try {
      await this.#abandonExpired();
      this.#due = true;
      await this.#claim();
      this.#storeFailures = 0;
    } catch (error) {
      this.#storeFailed(error);
    }
    if (this.#stopped !== undefined) return;
    const slowdown = Math.min(2 ** this.#storeFailures, MAX_SLOWDOWN);
    this.#timer = setTimeout(() => {
      this.#polling = this.#poll();
    }, this.#settings.pollIntervalMs * slowdown).unref();
  }

  async #abandonExpired(): Promise<void> {
    const { store, clock, log } = this.#options;
    const expired = await store.abandonExpired(clock.now());
    if (expired === 0) return;
    log.warn({ event: 'messages_expired', expired }, 'messages expired before they could be delivered');
    this.#count('abandoned', expired);
  }

  #claimInBackground(): void {
    // A claim under way looks once more when it sees the flag; whoever started it hears of its failure.
    if (this.#claiming !== undefined) return;
    this.#claim().catch((error) => this.#storeFailed(error));
  }

  /** One claim at a time: two would take the same slots for free. */
  #claim(): Promise<void> {
    if (this.#claiming === undefined && this.#mayClaim()) this.#claiming = this.#claimWhileDue();
    return this.#claiming ?? Promise.resolve();
  }

  #isBusy(): boolean {
    return this.#due || this.#claiming !== undefined || this.#running.size > 0;
  }

  #mayClaim(): boolean {
    return this.#due && this.#running.size < this.#settings.concurrency && this.#stopped === undefined;
  }

  async #claimWhileDue(): Promise<void> {
    try {
      do await this.#claimOnce();
      while (this.#mayClaim());
    } finally {
      // In the same tick as the last look at the flag, so that no wake falls in between.
      this.#claiming = undefined;
    }
  }

  async #claimOnce(): Promise<void> {
    const { store, clock } = this.#options;
    const limit = this.#settings.concurrency - this.#running.size;
    const now = clock.now();
    this.#due = false;
    try {
      const entries = await store.claim({ now, leaseUntil: now + this.#settings.leaseMs, limit });
      if (this.#stopped !== undefined) return await store.release(entries.map(({ id }) => id));
      for (const entry of entries) this.#begin(entry);
      // As many as we asked for: there may be more.
      if (entries.length === limit) this.#due = true;
    } catch (error) {
      this.#due = true;
      throw error;
    }
  }

  #begin(entry: ClaimedEntry): void {
    const patience = new AbortController();
    const delivery = this.#deliver(entry, patience).finally(() => {
      this.#running.delete(delivery);
      if (this.#due) this.#claimInBackground();
    });
    this.#running.set(delivery, patience);
  }

  async #deliver(entry: ClaimedEntry, patience: AbortController): Promise<void> {
    const { deliveryTimeoutMs, maxAttempts, backoff } = this.#settings;
    const timer = setTimeout(
      () => patience.abort(`took longer than ${deliveryTimeoutMs} ms`),
      deliveryTimeoutMs,
    );
    const attempted = await attempt({ ...this.#options, entry, maxAttempts, signal: patience.signal });
    clearTimeout(timer);
    try {
      await settle(entry, attempted, { ...this.#options, backoff });
      this.#count(attempted.verdict.outcome, 1);
    } catch (error) {
      // Delivered or not, the outbox does not know. The lease runs out and the message goes out again:
      // at least once, under the same Message-ID.
      this.#storeFailed(error);
    }
  }

  #count(outcome: keyof DeliveryCounts, count: number): void {
    this.#counts[outcome] += count;
    this.#options.observer?.(outcome, count);
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
