import type { SqliteConnection } from './connection.ts';
import { type Patience, type Wait, WaitedInVain } from './faults.ts';
import { Lease } from './lease.ts';

interface Waiting {
  readonly wait: Wait;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One connection and the operations that take turns on it, in the order of their arrival. While the first waits for the
 * lock of another process, those behind it give up when their own wait is over: waits do not add up.
 */
export class ConnectionQueue {
  readonly #connect: () => SqliteConnection;
  readonly #patience: Patience;
  #connection: SqliteConnection | undefined;
  #isClosed = false;
  #isTaken = false;
  #waiting: Waiting[] = [];

  /** @param connect called once, at the first use */
  constructor(connect: () => SqliteConnection, patience: Patience) {
    this.#connect = connect;
    this.#patience = patience;
  }

  /** @throws AuthError `storage_unavailable` when it cannot be opened */
  open(): SqliteConnection {
    if (this.#isClosed) throw new Error('the database is closed');
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  /** Resolves when it is the caller's turn. @throws WaitedInVain */
  async take(wait: Wait): Promise<Lease> {
    if (this.#isTaken) {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push({ wait, resolve, reject });
      });
    }
    this.#isTaken = true;
    try {
      return new Lease(this.open(), wait, this.#pause);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next.resolve();
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.close();
    this.#connection = undefined;
  }

  readonly #pause = async (): Promise<void> => {
    await this.#patience.pause();
    const { over = [], patient = [] } = Object.groupBy(this.#waiting, ({ wait }) =>
      wait.isOver() ? 'over' : 'patient',
    );
    this.#waiting = patient;
    for (const { reject } of over) reject(new WaitedInVain());
  };
}
