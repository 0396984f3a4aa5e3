import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
const OTHERS_ENTER = 0o001;

/** Access that every user of this machine has, and the command that removes it. */
export interface Exposure {
  /** A verb and an object, such as `read /srv/latchkey.db`. */
  readonly canDo: string;
  readonly fix: string;
}

/**
 * What other users of this machine can do to a SQLite database. Undefined when they can do nothing, and on Windows, which
 * has no such permission bits. A directory that they cannot enter protects the files in it.
 * @throws the error of the operating system when a file or the directory cannot be examined
 */
export function databaseExposure(path: string): Exposure | undefined {
  if (process.platform === 'win32') return undefined;
  const database = resolve(path);
  const directory = dirname(database);
  const directoryMode = modeOf(directory);
  const fix = `chmod 700 '${directory}'`;
  if (directoryMode & OTHERS_WRITE) return { canDo: `replace files in ${directory}`, fix };
  const modes = [database, `${database}-wal`, `${database}-shm`].map(modeOf);
  if (!(directoryMode & OTHERS_ENTER)) return undefined;
  // SQLite creates -wal and -shm with the mode of the database, so closing the directory is the lasting fix.
  const combined = modes.reduce((all, mode) => all | mode, 0);
  return fileExposure(database, combined, fix);
}

/** The same for one file. @param mode its permission bits */
export function fileExposure(path: string, mode: number, fix: string): Exposure | undefined {
  const canDo = [...(mode & OTHERS_READ ? ['read'] : []), ...(mode & OTHERS_WRITE ? ['change'] : [])].join(
    ' and ',
  );
  return canDo === '' ? undefined : { canDo: `${canDo} ${path}`, fix };
}

/** The mode of a file; 0 when there is none. @throws the error of the operating system when it cannot be examined */
export function modeOf(path: string): number {
  try {
    return statSync(path).mode;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another check reports a file in place of the directory.
    if (code === 'ENOENT' || code === 'ENOTDIR') return 0;
    throw error;
  }
}
