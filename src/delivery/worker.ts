import type { ChannelKind, ClaimedEntry, Message, OutboxStore } from '../core/message/index.ts';
import type { Clock, Log, Random } from '../core/ports.ts';
import { counted } from '../core/words.ts';
import { attempt } from './attempt.ts';
import type { Channel } from './channels/index.ts';
import { Lane } from './lane.ts';
import { scrub } from './mask.ts';
import { type DeliverySettings, deliverySettings } from './settings.ts';
import { settle } from './settle.ts';
import type { Sender } from './templates/index.ts';

/** What became of the messages that a stretch of work touched. Expired ones count as abandoned, decoys and dropped ones not at all. */
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
  /** Names this process in its claims. */
  readonly owner: string;
  /**
   * Whether the process of that name has ended, so that what it claimed is due at once. Absent where processes of other
   * machines use the same outbox: their claims end with their leases.
   */
  readonly hasEnded?: (owner: string) => boolean;
  readonly sender: Sender;
  readonly settings?: Partial<DeliverySettings>;
  /** Told of every outcome, for metrics. */
  readonly observer?: (outcome: keyof DeliveryCounts, count: number) => void;
}

/** Also those that no channel is set for: what waits for one must not wait for ever. */
const KINDS: readonly ChannelKind[] = ['email', 'sms'];
/** While the store fails, looks at it grow rarer, up to this much. */
const MAX_SLOWDOWN = 32;

/**
 * Delivers what waits in the outbox, at least once and never after it expired (decision 7). Each kind of message has
 * a lane with slots of its own; here is when they look, and what ends them.
 */
export class OutboxWorker {
  readonly #options: OutboxWorkerOptions;
  readonly #settings: DeliverySettings;
  readonly #counts: DeliveryCounts = { sent: 0, retried: 0, abandoned: 0 };
  readonly #lanes: readonly Lane[];
  #pollTimer: NodeJS.Timeout | undefined;
  #wakeTimer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #started = false;
  #storeFailures = 0;

  constructor(options: OutboxWorkerOptions) {
    this.#options = options;
    this.#settings = deliverySettings(options.settings);
    this.#lanes = KINDS.map(
      (kind) =>
        new Lane({
          ...options,
          kind,
          settings: this.#settings,
          deliver: (entry, patience) => this.#deliver(entry, patience),
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
   * moment that nobody can foresee: what a delivery costs this process must not be felt by whoever asked for the
   * message, who would learn whether there was one (SEC-004). Costs nothing when called again before that, before
   * `start`, or while the store fails.
   */
  wake(): void {
    if (!this.#mayWake() || this.#wakeTimer !== undefined) return;
    const { minMs, maxMs } = this.#settings.wakeDelay;
    if (maxMs === 0) {
      this.#look();
      return;
    }
    const delayMs = minMs + this.#options.random.int(maxMs - minMs + 1);
    this.#wakeTimer = setTimeout(() => {
      this.#wakeTimer = undefined;
      if (this.#mayWake()) this.#look();
    }, delayMs).unref();
  }

  /**
   * Delivers everything due by the clock and waits for it, whatever started it.
   * @throws what the store throws
   */
  async drain(): Promise<DeliveryCounts> {
    const before = { ...this.#counts };
    if (this.#stopped === undefined) {
      await this.#abandonExpired();
      await this.#fill();
    }
    while (this.#stopped === undefined && this.#lanes.some(({ isBusy }) => isBusy)) {
      await Promise.all(this.#lanes.map((lane) => lane.settle()));
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
    clearTimeout(this.#pollTimer);
    clearTimeout(this.#wakeTimer);
    const grace = setTimeout(() => {
      for (const lane of this.#lanes) lane.abort('the server is shutting down');
    }, this.#settings.stopGraceMs);
    // Waited for, so that the store can be closed afterwards. Whoever started a claim hears of its failure.
    const closed = this.#lanes.map((lane) => lane.close());
    await this.#polling;
    await Promise.all(closed);
    clearTimeout(grace);
  }

  #mayWake(): boolean {
    return this.#started && this.#stopped === undefined && this.#storeFailures === 0;
  }

  #look(): void {
    for (const lane of this.#lanes) lane.fillInBackground();
  }

  async #fill(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.fill()));
  }

  /** What processes that have ended since had claimed is due again. */
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
      await this.#fill();
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
    const { store, clock, log } = this.#options;
    const expired = await store.abandonExpired(clock.now());
    if (expired === 0) return;
    log.warn({ event: 'messages_expired', expired }, 'messages expired before they could be delivered');
    this.#count('abandoned', expired);
  }

  async #deliver(entry: ClaimedEntry, patience: AbortController): Promise<void> {
    const { deliveryTimeoutMs, renewalMs, maxAttempts, backoff } = this.#settings;
    const timer = setTimeout(
      () => patience.abort(`took longer than ${deliveryTimeoutMs} ms`),
      deliveryTimeoutMs,
    );
    const renewal = setInterval(() => this.#renew(entry), renewalMs);
    const attempted = await attempt({ ...this.#options, entry, maxAttempts, signal: patience.signal });
    clearTimeout(timer);
    clearInterval(renewal);
    const { outcome } = attempted.verdict;
    try {
      await settle(entry, attempted, { ...this.#options, backoff });
      if (outcome !== 'decoy' && outcome !== 'dropped') this.#count(outcome, 1);
    } catch (error) {
      // Delivered or not, the outbox does not know. The lease runs out and the message goes out again:
      // at least once, under the same Message-ID.
      this.#storeFailed(error);
    }
  }

  #renew({ id }: ClaimedEntry): void {
    const { store, clock, owner } = this.#options;
    const leaseUntil = clock.now() + this.#settings.leaseMs;
    store.renew(id, { owner, leaseUntil }).catch((error: unknown) => this.#storeFailed(error));
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
