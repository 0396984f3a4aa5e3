import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UNDER_WAY } from '../../../copy/under-way.ts';
import { StorageRefusal } from '../../../errors.ts';
import { toAuthError } from './faults.ts';
import { explainOpening } from './place.ts';

const WAIT_MS = 10_000;

/**
 * `quick`: every page is where it belongs and every row can be read, at a cost that grows with the file. `full`: indexes
 * hold what their tables hold and no row refers to one that is missing, too, which takes many times as long.
 */
export type SoundnessCheck = 'quick' | 'full';

export interface SnapshotOptions {
  readonly check: SoundnessCheck;
  /** What an operator calls the database that is read. */
  readonly name: string;
}

/**
 * The database as it is at one instant, in a new file: one read transaction, beside which others read and write. The
 * online backup of SQLite would begin again with every commit of another process. What was deleted is not in it.
 *
 * Not found good, the new file is gone again.
 * @throws StorageRefusal `backup_unusable`, and what SQLite says
 */
export function takeSnapshot(path: string, into: string, { check, name }: SnapshotOptions): void {
  // SQLite writes into an empty file, and this one is for its owner alone before anything is in it.
  closeSync(openSync(into, 'wx', 0o600));
  try {
    vacuumInto(path, into);
    assertSound(into, check, name);
    flush(into);
  } catch (error) {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${into}${suffix}`, { force: true });
    throw error;
  }
}

function vacuumInto(path: string, into: string): void {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: WAIT_MS });
    database.prepare('vacuum into ?').run(into);
  } catch (error) {
    throw toAuthError(explainOpening(path, error), `cannot read ${path} or write to ${dirname(into)}`);
  } finally {
    database?.close();
  }
}

/**
 * @param name what an operator calls the database that `path` is a copy of
 * @throws StorageRefusal `backup_unusable`
 */
export function assertSound(path: string, check: SoundnessCheck, name = path): void {
  const database = new DatabaseSync(path, { readOnly: true, timeout: WAIT_MS });
  try {
    const rows = database.prepare(`pragma ${check === 'full' ? 'integrity' : 'quick'}_check(1)`).all();
    const [found] = Object.values(rows[0] ?? {});
    if (found !== 'ok') throw new StorageRefusal('backup_unusable', `${name} is damaged: ${found}`);
    if (check === 'full' && database.prepare('pragma foreign_key_check').get() !== undefined) {
      throw new StorageRefusal('backup_unusable', `${name} has rows that refer to rows that are missing`);
    }
    const tables = database.prepare(`select name from sqlite_schema where type = 'table'`).all();
    const names = new Set(tables.map(({ name }) => name));
    if (!names.has('accounts') || !names.has('kysely_migration')) {
      throw new StorageRefusal('backup_unusable', `${name} is not a database of Latchkey`);
    }
    if (names.has(UNDER_WAY)) {
      throw new StorageRefusal('backup_unusable', `${name} holds an unfinished copy of another database`);
    }
  } finally {
    database.close();
  }
}

/** A name must not reach the disk before what it names. Directories, too. */
export function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
