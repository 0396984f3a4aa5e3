import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** The thread ends after this long without a request. */
const IDLE_MS = 5_000;
type Request = 'checkpoint' | 'end';

/** Tells this module that it runs as the thread. */
const ROLE = 'latchkey-checkpoints';

/**
 * Runs SQLite's checkpoints in a thread with its own connection, because their disk work would block the event loop.
 * Readers and writers continue meanwhile.
 */
export class CheckpointThread {
  readonly #path: string;
  #thread: Worker | undefined;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Runs one checkpoint. Never rejects: after a failed one, a later commit moves the pages. */
  async run(): Promise<void> {
    if (this.#isClosed) return;
    const thread = this.#running();
    await new Promise<void>((done) => {
      const end = () => {
        thread.off('message', end).off('exit', end);
        thread.unref();
        done();
      };
      thread.on('message', end).on('exit', end);
      thread.ref();
      thread.postMessage('checkpoint');
    });
  }

  /** Ends the thread and waits until its connection is closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#thread === undefined) return;
    this.#thread.ref();
    const ended = once(this.#thread, 'exit');
    this.#thread.postMessage('end');
    await ended;
  }

  #running(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const options = { workerData: { role: ROLE, path: this.#path }, execArgv: [], env: {} };
    const thread = new Worker(new URL(import.meta.url), options);
    // An error ends the thread, not the process.
    thread.on('error', () => {});
    thread.on('exit', () => {
      if (this.#thread === thread) this.#thread = undefined;
    });
    this.#thread = thread;
    return thread;
  }
}

function serveCheckpoints(path: string): void {
  const existing = pathToFileURL(path);
  existing.searchParams.set('mode', 'rw');
  const database = new DatabaseSync(existing, { timeout: 0 });
  const end = () => {
    database.close();
    parentPort?.close();
  };
  let idle: NodeJS.Timeout | undefined;
  parentPort?.on('message', (request: Request) => {
    clearTimeout(idle);
    if (request === 'end') return end();
    try {
      // Passive: does not wait for readers or writers.
      database.exec('pragma wal_checkpoint(passive)');
    } catch {
      // The database is busy or gone; a later commit runs the checkpoint.
    }
    parentPort?.postMessage('done');
    idle = setTimeout(end, IDLE_MS);
  });
}

if (!isMainThread && workerData?.role === ROLE) serveCheckpoints(workerData.path);
