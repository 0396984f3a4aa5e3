import type { Database } from '../config/index.ts';
import { openStorage } from '../storage/index.ts';
import { MigrationsPending } from '../storage/migrations-pending.ts';
import { isThere } from '../storage/sql/engines/sqlite/place.ts';

/** The migrations that the database lacks. Makes none: one that does not exist lacks them all. */
export async function pendingIn(database: Database): Promise<readonly string[]> {
  const isAbsent = database.engine === 'sqlite' && !isThere(database.path);
  const looked = isAbsent ? { ...database, path: ':memory:' } : database;
  try {
    const { storage } = await openStorage(looked, { migrations: 'refuse' });
    await storage.close();
    return [];
  } catch (error) {
    if (error instanceof MigrationsPending) return error.pending;
    throw error;
  }
}
