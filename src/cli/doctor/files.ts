import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config } from '../../config/index.ts';
import { type Finding, type Judgement, objection, ok, warning } from './finding.ts';

const CHECK = 'files';
const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
const OTHERS_ENTER = 0o001;

/** What others can do, and the command that keeps them out. */
interface OpenPlace {
  readonly canDo: string;
  readonly fix: string;
}

/** Whether other users of this machine can read password hashes and secrets, or put their own in their place. */
export async function examineFiles(
  { database }: Config,
  hasDotEnv: boolean,
  judgement: Judgement,
): Promise<Finding[]> {
  // Windows keeps no such bits, and says that everyone may read everything.
  if (process.platform === 'win32') return [];
  const hasFile = database.engine === 'sqlite' && database.path !== ':memory:';
  try {
    const open = [
      ...(hasFile ? await openPlaces(resolve(database.path)) : []),
      ...(hasDotEnv ? openTo('.env', await modeOf('.env'), `chmod 600 '.env'`) : []),
    ];
    if (open.length === 0) return [ok(CHECK, 'no other user of this machine can read or change them')];
    return open.map(({ canDo, fix }) =>
      objection(CHECK, judgement, `every user of this machine can ${canDo}`, `run: ${fix}`),
    );
  } catch (error) {
    const { path, code } = error as NodeJS.ErrnoException;
    return [
      warning(CHECK, `${path} cannot be looked at (${code})`, 'run doctor as the user that runs Latchkey'),
    ];
  }
}

/** A directory that others cannot enter protects whatever is in it. */
async function openPlaces(database: string): Promise<OpenPlace[]> {
  const directory = dirname(database);
  const directoryMode = await modeOf(directory);
  const fix = `chmod 700 '${directory}'`;
  if (directoryMode & OTHERS_WRITE) return [{ canDo: `replace files in ${directory}`, fix }];
  const files = [database, `${database}-wal`, `${database}-shm`];
  const modes = await Promise.all(files.map(modeOf));
  if (!(directoryMode & OTHERS_ENTER)) return [];
  // SQLite gives files that it makes anew the same rights as before, so that the directory is what to change.
  const rights = modes.reduce((all, mode) => all | mode, 0);
  return openTo(database, rights, fix);
}

function openTo(path: string, rights: number, fix: string): OpenPlace[] {
  const canDo = [
    ...(rights & OTHERS_READ ? ['read'] : []),
    ...(rights & OTHERS_WRITE ? ['change'] : []),
  ].join(' and ');
  return canDo === '' ? [] : [{ canDo: `${canDo} ${path}`, fix }];
}

/** No rights where nothing is. @throws where it cannot be looked at */
async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Something else in the place of the directory is the database check's to tell.
    if (code === 'ENOENT' || code === 'ENOTDIR') return 0;
    throw error;
  }
}
