import { existsSync, linkSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StorageRefusal } from '../errors.ts';
import type { SqliteLocation } from '../location.ts';
import { preparePlace, problemOfDirectory } from '../sql/engines/sqlite/place.ts';
import { flush, type SoundnessCheck, takeSnapshot } from '../sql/engines/sqlite/snapshot.ts';

export interface Backup {
  readonly file: string;
  readonly bytes: number;
  /** What was examined in it. */
  readonly check: SoundnessCheck;
}

/**
 * The database in one file, while servers go on. The file has its name only when it is whole, was examined and is on
 * disk, and never takes the name of another.
 * @param options.draft ends the name that it has until then
 * @throws StorageRefusal, DatabaseUnusable, AuthError `storage_unavailable`
 */
export function backupDatabase(
  { path }: SqliteLocation,
  to: string,
  { draft, check = 'quick' }: { readonly draft: string; readonly check?: SoundnessCheck },
): Backup {
  const file = resolve(to);
  if (path === ':memory:') {
    throw new StorageRefusal('needs_file', 'a database in memory is seen by its own process only');
  }
  preparePlace(path, { mustExist: true });
  if (existsSync(file)) throw taken(file);
  assertDirectory(dirname(file));
  const drafted = `${file}.${draft}`;
  takeSnapshot(path, drafted, { check, name: resolve(path) });
  try {
    // A link fails where a rename would overwrite.
    linkSync(drafted, file);
  } catch (error) {
    throw isTaken(error) ? taken(file) : error;
  } finally {
    rmSync(drafted, { force: true });
  }
  flush(dirname(file));
  return { file, bytes: statSync(file).size, check };
}

/** @throws StorageRefusal `directory_unusable` */
function assertDirectory(directory: string): void {
  const problem = problemOfDirectory(directory);
  if (problem === undefined) return;
  throw new StorageRefusal('directory_unusable', `${problem}, so that no backup can be written there`);
}

const taken = (file: string) =>
  new StorageRefusal('file_exists', `${file} is there already; a backup replaces nothing`);

const isTaken = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EEXIST';
