export interface HashQueueOptions {
  readonly workers: number;
  readonly queueBudgetMs: number;
  readonly elapsed: () => number;
}

/** A place that was granted. It may run one piece of work after another, and must be left. */
export interface Place {
  run<T>(work: () => Promise<T>): Promise<T>;
  leave(): void;
}

/** First guess of a hash's duration, until measured. */
const ASSUMED_DURATION_MS = 30;
const SMOOTHING = 0.2;
/** Finished work waits for so much company at most, */
const LARGEST_COMPANY = 16;
/** and is not kept when its company would come later than this. */
const LONGEST_HOLD_MS = 200;

/**
 * Lets `workers` pieces of work run at once and as many wait as can be served inside the budget. Whoever would
 * wait longer is told at once, so that a storm of sign-ins costs each of its clients an answer, not a time-out.
 */
export class HashQueue {
  readonly #options: HashQueueOptions;
  readonly #waiting: (() => void)[] = [];
  #held: (() => void)[] = [];
  #heldSince = 0;
  #running = 0;
  #admitted = 0;
  #shed = 0;
  #durationMs = ASSUMED_DURATION_MS;
  /** Time that refused work will take when it comes back, as of `#refusedAt`; it runs off as time passes. */
  #refusedMs = 0;
  #refusedAt = 0;

  constructor(options: HashQueueOptions) {
    this.#options = options;
  }

  get shed(): number {
    return this.#shed;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether somebody who entered now would be served inside the budget. */
  hasRoom(): boolean {
    return this.#waitMs() <= this.#options.queueBudgetMs;
  }

  /** How long work that entered now would wait. */
  #waitMs(): number {
    const { workers } = this.#options;
    const ahead = Math.max(0, this.#admitted - this.#held.length - workers + 1);
    return (ahead / workers) * this.#durationMs;
  }

  /**
   * For one piece of work that was refused: milliseconds until there is time for it, after all that waits and all that
   * was refused before it. So many clients as are refused at once are spread over the time that their work takes.
   *
   * @param limitMs the answer is no longer than this, however much was refused
   */
  retryAfterMs(limitMs: number): number {
    const now = this.#options.elapsed();
    const left = Math.max(0, this.#refusedMs - (now - this.#refusedAt));
    this.#refusedMs = Math.min(limitMs, left + this.#durationMs / this.#options.workers);
    this.#refusedAt = now;
    return Math.min(limitMs, this.#waitMs() + this.#refusedMs);
  }

  /** Undefined when the queue is longer than its budget. */
  enter(): Place | undefined {
    if (!this.hasRoom()) {
      this.#shed += 1;
      return undefined;
    }
    this.#admitted += 1;
    let left = false;
    return {
      run: (work) => this.#run(work),
      leave: () => {
        if (left) return;
        left = true;
        this.#admitted -= 1;
      },
    };
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#options.workers) await new Promise<void>((start) => this.#waiting.push(start));
    else this.#running += 1;
    const startedAt = this.#options.elapsed();
    try {
      return await work();
    } finally {
      this.#durationMs += SMOOTHING * (this.#options.elapsed() - startedAt - this.#durationMs);
      // The slot is handed over rather than freed, so that a newcomer cannot overtake who waits.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
      await this.#company(next !== undefined);
    }
  }

  /** @param isMore whether another piece of work has just begun, so that there will be company. */
  async #company(isMore: boolean): Promise<void> {
    const now = this.#options.elapsed();
    if (this.#held.length === 0) this.#heldSince = now;
    const isInTime = now - this.#heldSince + this.#durationMs <= LONGEST_HOLD_MS;
    if (isMore && isInTime && this.#held.length < LARGEST_COMPANY - 1) {
      await new Promise<void>((go) => this.#held.push(go));
      return;
    }
    const held = this.#held;
    this.#held = [];
    for (const go of held) go();
  }
}
