import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { type FromPrimary, type FromWorker, isOurs } from './orders.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** Whoever lived so long did not end because of how it was started. */
const SOUND_MS = 60_000;

/** A worker that ended before it served. */
export class StillbornWorker extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('a worker ended before it served');
    this.name = 'StillbornWorker';
    this.exitCode = exitCode;
  }
}

/**
 * The workers of one primary: as many as there are places. One that ends is replaced, after a pause that grows while
 * replacements end soon, so that a fault that does not pass does not eat the machine.
 */
export class Crew {
  readonly #log: Logger;
  readonly #members = new Map<number, Worker>();
  #isEnding = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /**
   * The first alone, so that what is wrong with all is said once. Resolves when all listen.
   * @returns where
   * @throws StillbornWorker
   */
  async start(size: number): Promise<string> {
    const url = await this.#hire(0);
    await Promise.all(Array.from({ length: size - 1 }, (_, index) => this.#hire(index + 1)));
    for (const place of this.#members.keys()) this.#watch(place);
    return url;
  }

  /** Each ends in good order, what it is doing included. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(
      [...this.#members.values()].map(async (worker) => {
        if (worker.isDead()) return;
        const gone = once(worker, 'exit');
        if (worker.isConnected()) worker.send({ latchkey: 'stop' } satisfies FromPrimary);
        await gone;
      }),
    );
  }

  /** At once. */
  kill(): void {
    this.#isEnding = true;
    for (const worker of this.#members.values()) worker.process.kill('SIGKILL');
  }

  async #hire(place: number): Promise<string> {
    const worker = cluster.fork();
    this.#members.set(place, worker);
    // The wire may break while a message is on it: the end of the process says the rest.
    worker.on('error', () => {});
    return new Promise((resolve, reject) => {
      worker.on('message', (message: unknown) => {
        if (!isOurs<FromWorker>(message)) return;
        if (this.#isEnding) worker.process.kill('SIGKILL');
        else if (message.latchkey === 'asks') worker.send({ latchkey: 'place', place } satisfies FromPrimary);
        else resolve(message.url);
      });
      worker.once('exit', (code) => reject(new StillbornWorker(code || 1)));
    });
  }

  #watch(place: number, pauseMs = FIRST_PAUSE_MS): void {
    const worker = this.#members.get(place);
    if (worker === undefined) return;
    const since = performance.now();
    const replace = (code: number | null, signal: string | null) => {
      if (this.#isEnding) return;
      const pause = performance.now() - since > SOUND_MS ? FIRST_PAUSE_MS : pauseMs;
      const why = { worker: place, pid: worker.process.pid, exitCode: code, signal };
      this.#log.error({ event: 'worker_lost', ...why }, `worker ${place} ended, another follows`);
      setTimeout(() => this.#replace(place, Math.min(pause * 2, LONGEST_PAUSE_MS)), pause);
    };
    // It may have ended while the others were started.
    if (worker.isDead()) replace(worker.process.exitCode, worker.process.signalCode);
    else worker.once('exit', replace);
  }

  #replace(place: number, nextPauseMs: number): void {
    if (this.#isEnding) return;
    const serving = this.#hire(place);
    this.#watch(place, nextPauseMs);
    serving.then(
      () => this.#log.info({ event: 'worker_replaced', worker: place }, `worker ${place} serves again`),
      // Watched already.
      () => {},
    );
  }
}
