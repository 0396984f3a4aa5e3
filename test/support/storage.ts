import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '../../src/core/storage.ts';
import { type DatabaseLocation, openStorage } from '../../src/storage/index.ts';

export interface TestStorage {
  readonly storage: Storage;
  readonly location: DatabaseLocation;
  /** Closes the database and deletes its files. */
  close(): Promise<void>;
}

/** A migrated database of its own for one test: a real file, as in production. */
export async function openTestStorage(): Promise<TestStorage> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  const location: DatabaseLocation = { engine: 'sqlite', path: join(directory, 'latchkey.db') };
  const { storage } = await openStorage(location, { migrations: 'run' });
  return {
    storage,
    location,
    async close() {
      await storage.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
