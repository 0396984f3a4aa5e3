import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Storage } from '../../src/core/storage.ts';
import { type DatabaseLocation, openStorage } from '../../src/storage/index.ts';
import { makeMigrated } from './sqlite-template.ts';
import { makeFastDirectory } from './temporary.ts';

export interface TestStorage {
  readonly storage: Storage;
  readonly location: DatabaseLocation;
  /** Closes the database and deletes its files. */
  close(): Promise<void>;
}

/** A migrated database of its own for one test: a real file, as in production. */
export async function openTestStorage(): Promise<TestStorage> {
  const directory = await makeFastDirectory();
  const location: DatabaseLocation = { engine: 'sqlite', path: join(directory, 'latchkey.db') };
  await makeMigrated(location.path);
  const { storage } = await openStorage(location, { migrations: 'refuse' });
  return {
    storage,
    location,
    async close() {
      await storage.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
