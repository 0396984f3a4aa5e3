import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config } from '../../config/index.ts';
import { createDiagnostics } from '../../core/diagnostics.ts';
import { DatabaseTooNew, DatabaseUnusable, MigrationsPending } from '../../storage/errors.ts';
import { openStorage } from '../../storage/index.ts';
import type { PostgresLocation } from '../../storage/location.ts';
import { isThere, problemOf } from '../../storage/sql/engines/sqlite/place.ts';
import { failureOf } from '../failure.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { processesOnLostFile } from './open-elsewhere.ts';
import { examineServerOf } from './postgres.ts';
import { examineSecretUse } from './secret-use.ts';

const CHECK = 'database';
const GIB = 1_073_741_824;
const MUCH_BYTES = GIB;
const LITTLE_BYTES = GIB / 10;

/** Whether it opens, takes writes, is of this version, and has room to grow. */
export async function examineDatabase(config: Config): Promise<Finding[]> {
  const { database } = config;
  if (database.engine === 'postgres') return examinePostgres(config, database);
  const { path } = database;
  if (path === ':memory:')
    return [warning(CHECK, 'it is in memory and ends with the process', 'name a file')];
  const directory = nearestExisting(dirname(resolve(path)));
  const lost = examineUsers(path);
  if (lost !== undefined) return [lost, await examineRoom(directory)];
  const opened = isThere(path) ? await examineContent(config, resolve(path)) : [examinePlace(path)];
  return [...opened, await examineRoom(directory)];
}

/** Before the file is opened: one that has taken the place of an open one would meet its log. */
function examineUsers(path: string): Finding | undefined {
  const lost = processesOnLostFile(path);
  if (lost.length === 0) return undefined;
  return problem(
    CHECK,
    `${resolve(path)} was removed or replaced while it was in use by process ${lost.join(', ')}`,
    'stop that process, put the file back or restore a backup, and start Latchkey again',
  );
}

async function examinePostgres(config: Config, database: PostgresLocation): Promise<Finding[]> {
  const { reached, findings } = await examineServerOf(config, database);
  if (!reached) return findings;
  const place = `${database.name} on ${database.host}:${database.port}`;
  return [...findings, ...(await examineContent(config, place))];
}

/** @param place what an operator calls it */
async function examineContent(config: Config, place: string): Promise<Finding[]> {
  const { database, migrate } = config;
  try {
    const { storage } = await openStorage(database, { migrations: 'refuse' });
    try {
      const diagnostics = createDiagnostics(storage);
      await diagnostics.assertWritable();
      const accounts = await diagnostics.countAccounts();
      return [
        ok(CHECK, `${place} opens, takes writes and is up to date; accounts: ${accounts}`),
        ...(await examineSecretUse(config, diagnostics)),
      ];
    } finally {
      await storage.close();
    }
  } catch (error) {
    if (error instanceof MigrationsPending) return [examinePending(error, migrate)];
    if (error instanceof DatabaseUnusable || error instanceof DatabaseTooNew) {
      return [problem(CHECK, error.problem, error.fix)];
    }
    const message = failureOf(error)?.message ?? String(error);
    const fix =
      database.engine === 'sqlite'
        ? 'check its owner, its rights and the disk'
        : 'start it, or correct LATCHKEY_DATABASE_URL';
    return [problem(CHECK, `${place}: ${message}`, fix)];
  }
}

function examinePending({ pending }: MigrationsPending, migrate: boolean): Finding {
  const what = `migrations are pending: ${pending.join(', ')}`;
  if (migrate) return warning(CHECK, `${what}; the next start runs them`, 'run: latchkey migrate');
  return problem(CHECK, `${what}; the server does not start`, 'run: latchkey migrate');
}

function examinePlace(path: string): Finding {
  const inTheWay = problemOf(path);
  if (inTheWay !== undefined) return problem(CHECK, ...inTheWay);
  return ok(CHECK, `there is no database at ${resolve(path)}; the first start makes it`);
}

async function examineRoom(directory: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(directory);
  const bytes = bavail * bsize;
  const what = `${(bytes / GIB).toFixed(1)} GiB are free at ${directory}`;
  if (bytes >= MUCH_BYTES) return ok('disk', what);
  const fix = 'make room: on a full disk nobody can sign in';
  return bytes >= LITTLE_BYTES ? warning('disk', what, fix) : problem('disk', what, fix);
}

function nearestExisting(directory: string): string {
  return existsSync(directory) ? directory : nearestExisting(dirname(directory));
}
