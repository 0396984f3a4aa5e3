import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config } from '../../config/index.ts';
import { type Finding, type Judgement, objection, ok } from './finding.ts';

const CHECK = 'files';
const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
const OTHERS_ENTER = 0o001;

/** Whether other users of this machine can read password hashes and secrets, or put their own in their place. */
export async function examineFiles(
  { database }: Config,
  hasDotEnv: boolean,
  judgement: Judgement,
): Promise<Finding[]> {
  // Windows keeps no such bits, and says that everyone may read everything.
  if (process.platform === 'win32') return [];
  const hasFile = database.engine === 'sqlite' && database.path !== ':memory:';
  const open = [
    ...(hasFile ? await openPlaces(resolve(database.path)) : []),
    ...(hasDotEnv && (await modeOf('.env')) & (OTHERS_READ | OTHERS_WRITE)
      ? [{ path: '.env', mode: '600' }]
      : []),
  ];
  if (open.length === 0) return [ok(CHECK, 'no other user of this machine can read or change them')];
  return open.map(({ path, mode }) =>
    objection(
      CHECK,
      judgement,
      `every user of this machine can read or change ${path}`,
      `run: chmod ${mode} '${path}'`,
    ),
  );
}

/** A directory that others cannot enter protects whatever is in it. */
async function openPlaces(database: string): Promise<{ path: string; mode: string }[]> {
  const directory = dirname(database);
  const directoryMode = await modeOf(directory);
  if (directoryMode & OTHERS_WRITE) return [{ path: directory, mode: '700' }];
  if (!(directoryMode & OTHERS_ENTER)) return [];
  const files = [database, `${database}-wal`, `${database}-shm`];
  const modes = await Promise.all(files.map(modeOf));
  // SQLite gives files that it makes anew the same rights as before, so that the directory is what to change.
  const isOpen = modes.some((mode) => (mode & (OTHERS_READ | OTHERS_WRITE)) !== 0);
  return isOpen ? [{ path: directory, mode: '700' }] : [];
}

async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode;
  } catch {
    return 0;
  }
}
