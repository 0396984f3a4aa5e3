import { MigrationsPending } from '../storage/errors.ts';
import { openStorage } from '../storage/index.ts';
import type { DatabaseLocation } from '../storage/location.ts';
import { isThere } from '../storage/sql/engines/sqlite/place.ts';

/** Names of the migrations that the database is missing. Creates no database: one that does not exist is missing all of them. */
export async function pendingIn(database: DatabaseLocation): Promise<readonly string[]> {
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
