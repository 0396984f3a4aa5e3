import type { Storage } from '../../src/core/storage.ts';
import type { OpenedStorage } from '../../src/storage/conformance/index.ts';
import { openStorage, type PostgresLocation } from '../../src/storage/index.ts';
import { openPostgres } from '../../src/storage/sql/engines/postgres/index.ts';
import { sqlStorage } from '../../src/storage/sql/sql-storage.ts';
import { createDatabase } from '../support/postgres/databases.ts';
import { dumpRows } from './dump.ts';

export const limitsOf = (pool: number) => ({ pool, connectTimeoutMs: 30_000, statementTimeoutMs: 30_000 });

function open(location: PostgresLocation, pool: number) {
  const engine = openPostgres(location, limitsOf(pool));
  return { storage: sqlStorage(engine), dump: () => dumpRows(engine.read) };
}

/** A database of its own, each storage with its own pool, as processes have it. */
export async function openDatabase(pool: number): Promise<OpenedStorage> {
  const database = await createDatabase();
  const { storage, dump } = open(database.location, pool);
  const opened = new Set<Storage>([storage]);
  const another = async () => {
    const { storage: further } = open(database.location, pool);
    opened.add(further);
    const { close } = further;
    further.close = async () => {
      if (opened.delete(further)) await close.call(further);
    };
    return further;
  };
  return {
    storage,
    dump,
    another,
    async reopen() {
      await storage.close();
      opened.delete(storage);
      return another();
    },
    async close() {
      for (const each of opened) await each.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Opens one database without schema several times in the same moment. */
export async function openDatabaseAtOnce(times: number, pool: number): Promise<string[][]> {
  await using database = await createDatabase({ isEmpty: true });
  const opened = await Promise.all(
    Array.from({ length: times }, () =>
      openStorage(database.location, { migrations: 'run', connections: limitsOf(pool) }),
    ),
  );
  for (const { storage } of opened) {
    await storage.ping();
    await storage.close();
  }
  return opened.map(({ migrated }) => [...migrated]);
}
