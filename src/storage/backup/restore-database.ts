import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StorageRefusal } from '../errors.ts';
import type { SqliteLocation } from '../location.ts';
import { type EpochStart, type NewEpoch, startNewEpoch } from '../new-epoch.ts';
import { isBroken } from '../sql/engines/sqlite/faults.ts';
import { openSqlite } from '../sql/engines/sqlite/index.ts';
import { BESIDE, preparePlace } from '../sql/engines/sqlite/place.ts';
import { flush, type SoundnessCheck, takeSnapshot } from '../sql/engines/sqlite/snapshot.ts';
import { type SoleUse, takeSoleUse } from '../sql/engines/sqlite/sole-use.ts';
import { migrate } from '../sql/migrations/index.ts';
import { assertOwnSchema } from './assert-own-schema.ts';

export interface Restoring extends EpochStart {
  /** Whether a database that is in the place may be put aside. */
  readonly replace: boolean;
  /** Ends the name of the file that is on its way. */
  readonly draft: string;
  readonly check: SoundnessCheck;
}

export interface Restored extends NewEpoch {
  readonly file: string;
  /** Where the database is that was in the place; null where none was. */
  readonly replaced: string | null;
  /** Names of the migrations that the backup lacked. */
  readonly migrated: readonly string[];
}

/**
 * A backup in the place of the database, with nothing alive in it that could have been spent since. It is made ready
 * beside the place and then takes the name in one step, so that there is never a moment with half of it, or without a
 * new epoch.
 * @throws StorageRefusal, DatabaseUnusable, DatabaseTooNew, AuthError `storage_unavailable`
 */
export async function restoreDatabase(
  { path }: SqliteLocation,
  backup: string,
  { replace, draft, check, ...start }: Restoring,
): Promise<Restored> {
  const place = resolve(path);
  if (path === ':memory:')
    throw new StorageRefusal('needs_file', 'LATCHKEY_DATABASE_URL names no file to restore to');
  assertFile(backup);
  if (resolve(backup) === place)
    throw new StorageRefusal('same_database', `${place} is the database itself, not a backup`);
  assertReplaceable(place, replace);
  const drafted = `${place}.${draft}`;
  preparePlace(drafted, { mustExist: false, name: place });
  rmSync(drafted);
  try {
    readBackup(backup, drafted, check);
    const { migrated, epoch } = await renew(drafted, resolve(backup), start);
    const replaced = takePlace(place, drafted, `${place}.replaced-${stamp(start.now)}`);
    flush(dirname(place));
    return { file: place, replaced, migrated, ...epoch };
  } finally {
    for (const suffix of ['', ...BESIDE]) rmSync(`${drafted}${suffix}`, { force: true });
  }
}

/** @throws StorageRefusal `backup_unusable` */
function assertFile(backup: string): void {
  const status = statSync(backup, { throwIfNoEntry: false });
  if (status === undefined)
    throw new StorageRefusal('backup_unusable', `there is no backup at ${resolve(backup)}`);
  if (status.isDirectory())
    throw new StorageRefusal('backup_unusable', `${resolve(backup)} is a directory, not a backup`);
  if (status.size === 0) throw new StorageRefusal('backup_unusable', `${resolve(backup)} is empty`);
}

/** Asked at first, so that nobody waits in vain; decided when the place is taken. */
function assertReplaceable(place: string, replace: boolean): void {
  if (!existsSync(place)) {
    const left = BESIDE.find((suffix) => existsSync(`${place}${suffix}`));
    if (left === undefined) return;
    throw new StorageRefusal(
      'file_exists',
      `${place}${left} is left of a database that is gone, and would be taken for a part of this one; move it away`,
    );
  }
  if (!replace) {
    throw new StorageRefusal(
      'file_exists',
      `there is a database at ${place}; with --replace it is put aside, not deleted`,
    );
  }
  occupy(place)?.end();
}

/** Undefined where the file is so broken that SQLite cannot lock it. @throws StorageRefusal `in_use` */
function occupy(place: string): SoleUse | undefined {
  let soleUse: SoleUse | undefined;
  try {
    soleUse = takeSoleUse(place);
  } catch (error) {
    if (isBroken(error)) return undefined;
    throw error;
  }
  if (soleUse !== undefined) return soleUse;
  throw new StorageRefusal('in_use', `a server or command has ${place} open; stop it first`);
}

/** @throws StorageRefusal `backup_unusable` */
function readBackup(backup: string, into: string, check: SoundnessCheck): void {
  try {
    takeSnapshot(backup, into, { check, name: resolve(backup) });
  } catch (error) {
    if (!isBroken(error)) throw error;
    throw new StorageRefusal(
      'backup_unusable',
      `${resolve(backup)} is no SQLite database, or damaged`,
      error,
    );
  }
}

/** The schema of now, and the new epoch. @param name what an operator calls the file that `path` is a copy of */
async function renew(path: string, name: string, start: EpochStart) {
  const engine = openSqlite(path, { mustExist: true });
  try {
    await assertOwnSchema(engine, name);
    const migrated = await migrate(engine);
    return { migrated, epoch: await startNewEpoch(engine, start) };
  } finally {
    await engine.close();
  }
}

/** An instant in the name of a file. */
const stamp = (now: number) => new Date(now).toISOString().replaceAll(/[:.]/g, '-');

/** Where the former database is from now on; null where there was none. */
function takePlace(place: string, drafted: string, aside: string): string | null {
  if (!existsSync(place)) {
    linkSync(drafted, place);
    return null;
  }
  const soleUse = occupy(place);
  try {
    // What a broken database has beside it is put aside with it: it may be what repairs it.
    if (soleUse !== undefined) soleUse.gather();
    else moveBeside(place, aside);
    linkSync(place, aside);
    renameSync(drafted, place);
    return aside;
  } finally {
    soleUse?.end();
  }
}

function moveBeside(place: string, aside: string): void {
  for (const suffix of BESIDE) {
    if (existsSync(`${place}${suffix}`)) renameSync(`${place}${suffix}`, `${aside}${suffix}`);
  }
}
