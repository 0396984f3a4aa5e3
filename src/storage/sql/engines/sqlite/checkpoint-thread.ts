import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** The thread ends when it was not asked for so long. */
const IDLE_MS = 5_000;
type Request = 'checkpoint' | 'end';

/** Says to this module that it runs as the thread. */
const ROLE = 'latchkey-checkpoints';

/**
 * Moves what was committed from SQLite's log into the database, in a thread with a connection of its own: the disk work
 * of a checkpoint would hold up the event loop for as long as it takes. Readers and writers go on beside it.
 */
export class CheckpointThread {
  readonly #path: string;
  #thread: Worker | undefined;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Never rejects: what it cannot do now, the next commit does. */
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

  /** Waits until the connection of the thread is closed, too. */
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
    // A fault in it ends the thread, and not the process.
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
      // Passive: waits for no reader and no writer.
      database.exec('pragma wal_checkpoint(passive)');
    } catch {
      // Busy or gone: whoever commits next tries it.
    }
    parentPort?.postMessage('done');
    idle = setTimeout(end, IDLE_MS);
  });
}

if (!isMainThread && workerData?.role === ROLE) serveCheckpoints(workerData.path);
