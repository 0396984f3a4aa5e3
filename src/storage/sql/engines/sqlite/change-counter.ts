import type { SqliteConnection } from './connection.ts';

/**
 * Tells whether anything was committed since it was last asked, by this process or another, at the price of a look
 * at the database's own counter once for each turn of the event loop.
 *
 * A request must see whatever was committed before it was sent (decision 10). It does: a turn begins with the kernel
 * naming the sockets that are ready, so what the turn handles had arrived before the counter was read, and
 * `setImmediate` forgets the count before the kernel is asked again. What this process commits forgets it at once.
 */
export class ChangeCounter {
  readonly #connection: SqliteConnection;
  #count: number | undefined;
  #isClosed = false;

  /** @param connection one of its own: the counter of a connection does not count what is committed through it. */
  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** Undefined when the database cannot tell just now. */
  current(): number | undefined {
    if (this.#isClosed || this.#count !== undefined) return this.#count;
    this.#count = this.#connection.dataVersion();
    setImmediate(this.forget);
    return this.#count;
  }

  readonly forget = (): void => {
    this.#count = undefined;
  };

  close(): void {
    this.forget();
    this.#isClosed = true;
    this.#connection.close();
  }
}
