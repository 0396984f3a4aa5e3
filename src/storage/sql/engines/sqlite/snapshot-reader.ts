import type { SqliteConnection } from './connection.ts';

/**
 * Reads that share one read transaction for one turn of the event loop. Taking and giving back SQLite's read lock
 * costs more than a point read does; under load a turn serves many requests, and one lock serves them all.
 *
 * A request must see whatever was committed before it was sent (decision 6). It does: a turn begins with the kernel
 * naming the sockets that are ready, so what the turn handles had arrived before the snapshot was taken, and
 * `setImmediate` ends it before the kernel is asked again. What this process itself commits ends it at once.
 */
export class SnapshotReader {
  readonly #connection: SqliteConnection;
  #isHeld = false;
  #isClosed = false;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async readRows(sql: string, parameters: readonly unknown[]): Promise<unknown[][]> {
    if (this.#isClosed) throw new Error('the database is closed');
    if (!this.#isHeld) {
      this.#connection.exec('begin');
      this.#isHeld = true;
      setImmediate(() => this.release());
    }
    return this.#connection.readRows(sql, parameters);
  }

  /** From here on reads see what is committed now. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#connection.exec('commit');
  }

  close(): void {
    this.release();
    this.#isClosed = true;
    this.#connection.close();
  }
}
