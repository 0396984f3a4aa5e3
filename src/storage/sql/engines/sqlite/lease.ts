import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import type { SqliteConnection } from './connection.ts';
import { retryWhileBusy, type Wait } from './faults.ts';

/** The use of a connection by one operation, whose patience counts from when it asked for the connection. */
export class Lease implements DatabaseConnection {
  readonly #connection: SqliteConnection;
  readonly #wait: Wait;
  readonly #pause: () => Promise<unknown>;

  constructor(connection: SqliteConnection, wait: Wait, pause: () => Promise<unknown>) {
    this.#connection = connection;
    this.#wait = wait;
    this.#pause = pause;
  }

  get isInTransaction(): boolean {
    return this.#connection.isInTransaction;
  }

  async run(sql: string): Promise<void> {
    await retryWhileBusy(this.#wait, this.#pause, () => this.#connection.exec(sql));
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    // Inside an immediate transaction the write lock is ours and nothing is ever busy.
    return retryWhileBusy(this.#wait, this.#pause, () => this.#connection.execute<Row>(query));
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator; nothing here streams.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('this engine does not stream');
  }
}
