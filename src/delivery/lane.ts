import type { ChannelKind, ClaimedEntry, OutboxStore } from '../core/message/index.ts';
import type { Clock } from '../core/ports.ts';
import type { DeliverySettings } from './settings.ts';

export interface LaneOptions {
  readonly kind: ChannelKind;
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly settings: DeliverySettings;
  readonly owner: string;
  /** One delivery with its settling. Never rejects. */
  readonly deliver: (entry: ClaimedEntry, patience: AbortController) => Promise<void>;
  /** Told of a failed claim that nobody waits for. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * The slots of one kind of message: a mail server that stalls holds up mail and nothing else. Entries are claimed
 * only into free slots, so each claim is tried at once; a slot that gets free is filled again: what goes to the same
 * recipient has waited for that.
 */
export class Lane {
  readonly #options: LaneOptions;
  /** Deliveries under way, and how to end each. */
  readonly #running = new Map<Promise<void>, AbortController>();
  #claiming: Promise<void> | undefined;
  #isClosed = false;
  /** Something may be due that no claim has looked for yet. */
  #due = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#due || this.#claiming !== undefined || this.#running.size > 0;
  }

  /**
   * Looks for what is due, as far as there are slots. While a claim is under way it costs one flag.
   * @throws what the store throws
   */
  fill(): Promise<void> {
    this.#due = true;
    return this.#claim();
  }

  /** The same for callers that wait for nothing: a claim under way looks again, and its starter hears of failures. */
  fillInBackground(): void {
    this.#due = true;
    this.#claimInBackground();
  }

  /** What is left of the last look, and then until every slot is free. @throws what the store throws */
  async settle(): Promise<void> {
    await this.#claim();
    await Promise.all(this.#running.keys());
  }

  /** Claims nothing more; resolves when no claim and no delivery is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#due = false;
    await this.#claiming?.catch(() => undefined);
    await Promise.all(this.#running.keys());
  }

  /** Ends what is under way. */
  abort(reason: string): void {
    for (const patience of this.#running.values()) patience.abort(reason);
  }

  #claimInBackground(): void {
    if (this.#claiming !== undefined) return;
    this.#claim().catch(this.#options.onFailure);
  }

  /** One claim at a time: two would take the same slots for free. */
  #claim(): Promise<void> {
    if (this.#claiming === undefined && this.#mayClaim()) this.#claiming = this.#claimWhileDue();
    return this.#claiming ?? Promise.resolve();
  }

  #mayClaim(): boolean {
    return this.#due && this.#running.size < this.#options.settings.concurrency && !this.#isClosed;
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
    const { kind, store, clock, settings, owner } = this.#options;
    const limit = settings.concurrency - this.#running.size;
    const now = clock.now();
    this.#due = false;
    try {
      const leaseUntil = now + settings.leaseMs;
      const entries = await store.claim({ channel: kind, owner, now, leaseUntil, limit });
      if (this.#isClosed) {
        const ids = entries.map(({ id }) => id);
        return await store.release(ids, owner);
      }
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
    const delivery = this.#options.deliver(entry, patience).finally(() => {
      this.#running.delete(delivery);
      this.fillInBackground();
    });
    this.#running.set(delivery, patience);
  }
}
