import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '../../src/core/storage.ts';
import type { OpenedStorage } from '../../src/storage/conformance/index.ts';
import { openStorage } from '../../src/storage/index.ts';
import { openSqlite } from '../../src/storage/sql/engines/sqlite/index.ts';
import { migrate } from '../../src/storage/sql/migrations/index.ts';
import { sqlStorage } from '../../src/storage/sql/sql-storage.ts';
import { makeMigrated } from '../support/sqlite-template.ts';
import { makeFastDirectory } from '../support/temporary.ts';
import { dumpRows } from './dump.ts';

/** A directory that is gone when it is disposed of. */
export async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  return {
    path,
    /** Where a database may be. */
    database: join(path, 'latchkey.db'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

async function open(path: string) {
  const engine = openSqlite(path);
  await migrate(engine);
  return { storage: sqlStorage(engine), dump: () => dumpRows(engine.read) };
}

/** A SQLite file of its own, as in production. */
export async function openFile(): Promise<OpenedStorage> {
  const directory = await makeFastDirectory();
  const path = join(directory, 'latchkey.db');
  await makeMigrated(path);
  const { storage, dump } = await open(path);
  const opened = new Set<Storage>();
  const tracked = (another: Storage) => {
    opened.add(another);
    return another;
  };
  tracked(storage);
  return {
    storage,
    dump,
    async reopen() {
      await storage.close();
      opened.delete(storage);
      return tracked((await open(path)).storage);
    },
    async another() {
      const { storage: further } = await open(path);
      tracked(further);
      const { close } = further;
      further.close = async () => {
        if (opened.delete(further)) await close.call(further);
      };
      return further;
    },
    async close() {
      for (const each of opened) await each.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A database in this process's memory. */
export async function openMemory(): Promise<OpenedStorage> {
  const { storage, dump } = await open(':memory:');
  const impossible = async () => {
    throw new Error('a database in memory is gone with its only connection');
  };
  return { storage, dump, reopen: impossible, another: impossible, close: () => storage.close() };
}

/** Opens one new file several times in the same moment. */
export async function openFileAtOnce(times: number): Promise<string[][]> {
  await using directory = await temporaryDirectory();
  const location = { engine: 'sqlite', path: directory.database } as const;
  const opened = await Promise.all(
    Array.from({ length: times }, () => openStorage(location, { migrations: 'run' })),
  );
  for (const { storage } of opened) {
    await storage.ping();
    await storage.close();
  }
  return opened.map(({ migrated }) => [...migrated]);
}
