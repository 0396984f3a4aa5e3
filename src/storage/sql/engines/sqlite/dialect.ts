import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteConnection } from './connection.ts';

/** The writer: Kysely queues its users, because the adapter says that there is a single connection. */
class WriterAdapter extends SqliteAdapter {
  /** SQLite can; it makes a migration all or nothing, and `begin immediate` makes two racing processes take turns. */
  override get supportsTransactionalDdl() {
    return true;
  }
}

/** The reader: never in a transaction and synchronous underneath, so its users need no queue. */
class ReaderAdapter extends SqliteAdapter {
  override get supportsMultipleConnections() {
    return true;
  }
}

class SqliteDriver implements Driver {
  readonly #connect: () => SqliteConnection;
  #connection: SqliteConnection | undefined;

  constructor(connect: () => SqliteConnection) {
    this.#connect = connect;
  }

  async init(): Promise<void> {
    this.#connection = this.#connect();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#open();
  }

  async releaseConnection(): Promise<void> {}

  /** Immediate: the write lock is taken at the start, so that a transaction never fails half-way for want of it. */
  async beginTransaction(): Promise<void> {
    await this.#open().run('begin immediate');
  }

  async commitTransaction(): Promise<void> {
    await this.#open().run('commit');
  }

  /** Some faults (disk full) have rolled back already; a second rollback would hide their error behind its own. */
  async rollbackTransaction(): Promise<void> {
    const connection = this.#open();
    if (connection.isInTransaction) await connection.run('rollback');
  }

  async destroy(): Promise<void> {
    this.#connection?.close();
    this.#connection = undefined;
  }

  #open(): SqliteConnection {
    if (this.#connection === undefined) throw new Error('the database is closed');
    return this.#connection;
  }
}

/**
 * Kysely's SQLite over `node:sqlite`: nothing to compile, nothing to download.
 * @param connect called once, at the first use
 */
export function sqliteDialect(connect: () => SqliteConnection, { isReader }: { isReader: boolean }): Dialect {
  return {
    createDriver: () => new SqliteDriver(connect),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => (isReader ? new ReaderAdapter() : new WriterAdapter()),
    createIntrospector: (database: Kysely<unknown>) => new SqliteIntrospector(database),
  };
}
