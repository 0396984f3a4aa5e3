/**
 * Keeps what core asks to have kept. Owns schema, queries, engines and their faults; must not know why anything
 * is stored, nor HTTP, nor mail. The list of engines is here: one line each.
 */
import type { Storage } from '../core/storage.ts';
import type { RateLimiter } from '../core/throttle/index.ts';
import type { CopiedDatabase, CopyOptions } from './copy/index.ts';
import type { DatabaseUnusable } from './errors.ts';
import { type DatabaseLocation, describeLocation, type PostgresLocation } from './location.ts';
import type { EpochStart, NewEpoch } from './new-epoch.ts';
import { type Company, createRateLimiter, type Rates } from './rate-limits.ts';
import type { SqlEngine } from './sql/engines/engine.ts';
import type { ConnectionLimits, ReachabilityListener, ServerFacts } from './sql/engines/postgres/index.ts';
import { openSqlite } from './sql/engines/sqlite/index.ts';
import { migrate, refusePending } from './sql/migrations/index.ts';
import { sqlStorage } from './sql/sql-storage.ts';

export { type Backup, backupDatabase, type Restored, restoreDatabase } from './backup/index.ts';
export type { CopiedDatabase, CopyOptions, CopyProgress } from './copy/index.ts';
export type { DatabaseUnusable } from './errors.ts';
export type { DatabaseLocation, PostgresLocation, SqliteLocation } from './location.ts';
export type { EpochStart, NewEpoch } from './new-epoch.ts';
export { countForWorkers } from './rate-limits.ts';
export type { ConnectionLimits, ReachabilityListener, ServerFacts } from './sql/engines/postgres/index.ts';
export { databaseExposure } from './sql/engines/sqlite/exposure.ts';

export interface OpenedDatabase {
  readonly storage: Storage;
  /** Whether processes on other machines may use the same database. */
  readonly isShared: boolean;
  /** Names of the migrations that opening ran. */
  readonly migrated: readonly string[];
  /** Counts where every process that uses the database sees it. */
  createRateLimiter(rates: Rates, company: Company): RateLimiter;
}

export interface OpeningOptions {
  /** `run` brings the schema up to date, `refuse` throws MigrationsPending when it is not. */
  readonly migrations: 'run' | 'refuse';
  /** For whoever only looks something up: makes no database where there is none. */
  readonly mustExist?: boolean;
  /** Where there is a server; standard ones when not given. */
  readonly connections?: ConnectionLimits;
  /**
   * Where there is a file: called when it was removed or replaced, with what to do about it, and with undefined when it
   * is back.
   */
  readonly onFileChange?: (problem: DatabaseUnusable | undefined) => void;
  /** Hears when the server can no longer be reached, and when it can again. */
  readonly reachability?: ReachabilityListener;
}

async function openEngine(
  location: DatabaseLocation,
  { mustExist = false, connections, onFileChange, reachability }: Omit<OpeningOptions, 'migrations'>,
): Promise<SqlEngine> {
  switch (location.engine) {
    case 'sqlite':
      return openSqlite(location.path, { mustExist, ...(onFileChange && { onFileChange }) });
    case 'postgres': {
      const { connectPostgres } = await import('./sql/engines/postgres/index.ts');
      return connectPostgres(location, connections, reachability);
    }
  }
}

/** @throws MigrationsPending, DatabaseTooNew, and AuthError `storage_unavailable` */
export async function openStorage(
  location: DatabaseLocation,
  { migrations, ...options }: OpeningOptions,
): Promise<OpenedDatabase> {
  const engine = await openEngine(location, options);
  try {
    const migrated = migrations === 'run' ? await migrate(engine) : [];
    if (migrations === 'refuse') await refusePending(engine);
    return {
      migrated,
      storage: sqlStorage(engine),
      isShared: engine.dialect.isShared,
      createRateLimiter: (rates, company) => createRateLimiter(engine, rates, company),
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/**
 * What the server says about itself.
 * @param now the clock of this machine, in epoch milliseconds
 * @throws DatabaseUnusable, AuthError `storage_unavailable`
 */
export async function examineServer(location: PostgresLocation, now: () => number): Promise<ServerFacts> {
  const { connectPostgres, serverFacts } = await import('./sql/engines/postgres/index.ts');
  const engine = await connectPostgres(location);
  try {
    return await serverFacts(engine, now);
  } finally {
    await engine.close();
  }
}

/** Without time limits: whole tables take as long as they take. */
const UNHURRIED: ConnectionLimits = { pool: 2, connectTimeoutMs: 10_000, statementTimeoutMs: 0 };

/** All of one database into another, empty one. @throws as `copyDatabase` */
export async function copyBetween(
  from: DatabaseLocation,
  to: DatabaseLocation,
  options?: CopyOptions,
): Promise<CopiedDatabase> {
  const { copyDatabase } = await import('./copy/index.ts');
  const [fromName, toName] = [describeLocation(from), describeLocation(to)];
  const source = await openEngine(from, { mustExist: true, connections: UNHURRIED });
  try {
    const target = await openEngine(to, { connections: UNHURRIED });
    try {
      return await copyDatabase(
        { engine: source, name: fromName },
        { engine: target, name: toName },
        options,
      );
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** After a restore by other means. Safe beside a running server. @throws as `openStorage` */
export async function startNewEpochIn(location: DatabaseLocation, start: EpochStart): Promise<NewEpoch> {
  const { startNewEpoch } = await import('./new-epoch.ts');
  const engine = await openEngine(location, { mustExist: true, connections: UNHURRIED });
  try {
    await refusePending(engine);
    return await startNewEpoch(engine, start);
  } finally {
    await engine.close();
  }
}
