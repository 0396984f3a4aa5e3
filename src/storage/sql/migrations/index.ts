/**
 * The history of the database: numbered, forward only, statically imported so that a bundle cannot lose one.
 * A migration that has been released is never edited; the next number corrects it.
 */
import { sql } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, type MigrationProvider, Migrator } from 'kysely/migration';
import { UNDER_WAY } from '../../copy/under-way.ts';
import { DatabaseTooNew, DatabaseUnusable, MigrationsPending } from '../../errors.ts';
import type { SqlEngine } from '../engines/engine.ts';
import { up as firstAccounts } from './0001-first-accounts.ts';
import { up as accessTokens } from './0002-access-tokens.ts';
import { up as totp } from './0003-totp.ts';
import { up as rateLimits } from './0004-rate-limits.ts';
import { up as announcedChanges } from './0005-announced-changes.ts';
import { up as purgeIndexes } from './0006-purge-indexes.ts';
import { up as reservedAttempts } from './0007-reserved-attempts.ts';
import { up as challengeForms } from './0008-challenge-forms.ts';
import { up as identity } from './0009-identity.ts';
import { up as deliveryOrder } from './0010-delivery-order.ts';
import { up as accountCounts } from './0011-account-counts.ts';
import { up as secretFingerprint } from './0012-secret-fingerprint.ts';
import { up as actors } from './0013-actors.ts';
import { up as authenticationMethods } from './0014-authentication-methods.ts';

const migrations = {
  '0001-first-accounts': firstAccounts,
  '0002-access-tokens': accessTokens,
  '0003-totp': totp,
  '0004-rate-limits': rateLimits,
  '0005-announced-changes': announcedChanges,
  '0006-purge-indexes': purgeIndexes,
  '0007-reserved-attempts': reservedAttempts,
  '0008-challenge-forms': challengeForms,
  '0009-identity': identity,
  '0010-delivery-order': deliveryOrder,
  '0011-account-counts': accountCounts,
  '0012-secret-fingerprint': secretFingerprint,
  '0013-actors': actors,
  '0014-authentication-methods': authenticationMethods,
};

function migratorFor(engine: SqlEngine): Migrator {
  const provider: MigrationProvider = {
    getMigrations: async () =>
      Object.fromEntries(
        Object.entries(migrations).map(([name, up]) => [
          name,
          { up: (database) => up(database, engine.dialect) },
        ]),
      ),
  };
  return new Migrator({ db: engine.schema, provider });
}

/**
 * What a newer version has done to the database, this one would overlook: it neither runs on it nor migrates it. Nor
 * does it on a database that is still being filled.
 */
async function assertUsable({ write }: SqlEngine): Promise<void> {
  const tables = await write.introspection.getTables({ withInternalKyselyTables: true });
  if (tables.some(({ name }) => name === UNDER_WAY)) {
    throw new DatabaseUnusable(
      'the database holds an unfinished copy of another one',
      'finish it with the latchkey db copy that began it, or delete it',
    );
  }
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return;
  const seen = sql<{ name: string }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`;
  const { rows } = await seen.execute(write);
  const unknown = rows.map(({ name }) => name).filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) throw new DatabaseTooNew(unknown.toSorted());
}

/**
 * Names of the migrations that this version brings and the database has not seen.
 * @throws DatabaseTooNew, DatabaseUnusable
 */
export async function pendingMigrations(engine: SqlEngine): Promise<string[]> {
  await assertUsable(engine);
  return notYetRun(engine);
}

/** The same, of a database that nobody may open yet. */
export async function notYetRun(engine: SqlEngine): Promise<string[]> {
  const known = await migratorFor(engine).getMigrations();
  return known.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
}

/** Name of the newest migration that the database has seen. @throws DatabaseTooNew, DatabaseUnusable */
export async function lastMigration(engine: SqlEngine): Promise<string | undefined> {
  await assertUsable(engine);
  const known = await migratorFor(engine).getMigrations();
  return known.findLast(({ executedAt }) => executedAt !== undefined)?.name;
}

/**
 * Brings the database up to this version; safe to call from several processes at once. Returns what it ran.
 * @param last the name to stop after, for a test of what comes next
 * @throws when a migration fails (nothing of it stays), DatabaseTooNew, DatabaseUnusable.
 */
export async function migrate(engine: SqlEngine, last?: string): Promise<string[]> {
  await assertUsable(engine);
  const migrator = migratorFor(engine);
  const { error, results = [] } = await (last === undefined
    ? migrator.migrateToLatest()
    : migrator.migrateTo(last));
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}

/** @throws MigrationsPending, DatabaseTooNew, DatabaseUnusable */
export async function refusePending(engine: SqlEngine): Promise<void> {
  const pending = await pendingMigrations(engine);
  if (pending.length > 0) throw new MigrationsPending(pending);
}
