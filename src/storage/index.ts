/**
 * Keeps what core asks to have kept. Owns schema, queries, engines and their faults; must not know why anything
 * is stored, nor HTTP, nor mail. The list of engines is here: one line each.
 */
import type { Storage } from '../core/storage.ts';
import { MigrationsPending } from './migrations-pending.ts';
import { openSqlite } from './sql/engines/sqlite/index.ts';
import { migrate, pendingMigrations } from './sql/migrations/index.ts';
import { SqlStorage } from './sql/sql-storage.ts';

/** Where the database is, as config/config.ts read it. */
export interface DatabaseLocation {
  readonly engine: 'sqlite';
  /** File name or `:memory:`. */
  readonly path: string;
}

const engines = {
  sqlite: ({ path }: DatabaseLocation, mustExist: boolean) => openSqlite(path, undefined, { mustExist }),
};

/**
 * @param migrations `run` brings the schema up to date, `refuse` throws MigrationsPending when it is not.
 * @param mustExist for whoever only looks something up: makes no database where there is none.
 * @returns the storage, and in `migrated` the names of the migrations that this call ran.
 */
export async function openStorage(
  location: DatabaseLocation,
  { migrations, mustExist = false }: { migrations: 'run' | 'refuse'; mustExist?: boolean },
): Promise<{ storage: Storage; migrated: readonly string[] }> {
  const engine = engines[location.engine](location, mustExist);
  try {
    if (migrations === 'run') return { migrated: await migrate(engine), storage: new SqlStorage(engine) };
    const pending = await pendingMigrations(engine);
    if (pending.length > 0) throw new MigrationsPending(pending);
    return { migrated: [], storage: new SqlStorage(engine) };
  } catch (error) {
    await engine.close();
    throw error;
  }
}
