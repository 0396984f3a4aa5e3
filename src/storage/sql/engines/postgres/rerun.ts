import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isRetryable } from './faults.ts';

/** How often something is run before whoever asked is told to come back. */
const MAX_RUNS = 10;
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 100;

/**
 * Runs `attempt` until it is not refused for a reason that a repeat may get past, at most so often. Pauses grow and
 * are drawn, so that two who met do not meet again in step.
 */
export async function rerun<T>(attempt: () => Promise<T>, first = 1): Promise<T> {
  for (let run = first; ; run += 1) {
    if (run > 1) await pause(randomInt(1 + Math.min(FIRST_PAUSE_MS * 2 ** run, LONGEST_PAUSE_MS)));
    try {
      return await attempt();
    } catch (error) {
      if (run >= MAX_RUNS || !isRetryable(error)) throw error;
    }
  }
}

/** For transactions, which hold several locks: many who met once would all meet again, so they run again one by one. */
export class OneByOne {
  #queue: Promise<unknown> = Promise.resolve();

  async run<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (!isRetryable(error)) throw error;
    }
    const again = this.#queue.then(() => rerun(attempt, 2));
    this.#queue = again.catch(() => {});
    return again;
  }
}
