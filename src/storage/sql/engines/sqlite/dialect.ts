import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { ConnectionQueue } from './connection-queue.ts';
import { type Patience, type Wait, waitFrom } from './faults.ts';
import { Lease } from './lease.ts';

class Adapter extends SqliteAdapter {
  /** SQLite can; it makes a migration all or nothing, and `begin immediate` makes two racing processes take turns. */
  override get supportsTransactionalDdl() {
    return true;
  }

  /** Whatever needs turns takes them in the ConnectionQueue. */
  override get supportsMultipleConnections() {
    return true;
  }
}

/** How the users of a Kysely get to a connection. */
interface Access {
  open(): void;
  take(): Promise<Lease>;
  release(): void;
  close(): void;
}

class SqliteDriver implements Driver {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async init(): Promise<void> {
    this.#access.open();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#access.take();
  }

  async releaseConnection(): Promise<void> {
    this.#access.release();
  }

  /** Immediate: the write lock is taken at the start, so that a transaction never fails half-way without it. */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as Lease).run('begin immediate');
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as Lease).run('commit');
  }

  /** Some faults (disk full) have rolled back already; a second rollback would hide their error behind its own. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    const lease = connection as Lease;
    if (lease.isInTransaction) await lease.run('rollback');
  }

  async destroy(): Promise<void> {
    this.#access.close();
  }
}

/** Kysely's SQLite over `node:sqlite`: nothing to compile, nothing to download. */
function dialectOver(access: Access): Dialect {
  return {
    createDriver: () => new SqliteDriver(access),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new Adapter(),
    createIntrospector: (database: Kysely<unknown>) => new SqliteIntrospector(database),
  };
}

/**
 * Writes on the one connection that can. Several Kyselys may share a queue and differ in how long they wait.
 * @param newWait called for each operation when it arrives
 */
export function writerDialect(queue: ConnectionQueue, newWait: () => Wait): Dialect {
  return dialectOver({
    open: () => queue.open(),
    take: () => queue.take(newWait()),
    release: () => queue.release(),
    close: () => queue.close(),
  });
}

/**
 * Single reads, which are synchronous underneath and need no turns.
 * @param queue is only what opens and closes the connection
 */
export function readerDialect(queue: ConnectionQueue, patience: Patience): Dialect {
  return dialectOver({
    open: () => queue.open(),
    take: async () => new Lease(queue.open(), waitFrom(patience), patience.pause),
    release: () => {},
    close: () => queue.close(),
  });
}
