import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
const OTHERS_ENTER = 0o001;

/** What every user of this machine can do, and the command that keeps them out. */
export interface OpenPlace {
  /** Goes on after "can". */
  readonly canDo: string;
  readonly fix: string;
}

/**
 * What other users of this machine can do to a database. Undefined where they can do nothing, and on Windows, which keeps
 * no such bits. A directory that they cannot enter protects whatever is in it.
 * @throws errors of the operating system where it cannot be looked at
 */
export function openPlace(path: string): OpenPlace | undefined {
  if (process.platform === 'win32') return undefined;
  const database = resolve(path);
  const directory = dirname(database);
  const directoryMode = modeOf(directory);
  const fix = `chmod 700 '${directory}'`;
  if (directoryMode & OTHERS_WRITE) return { canDo: `replace files in ${directory}`, fix };
  const modes = [database, `${database}-wal`, `${database}-shm`].map(modeOf);
  if (!(directoryMode & OTHERS_ENTER)) return undefined;
  // SQLite gives files that it makes anew the same rights as before, so that the directory is what to change.
  const rights = modes.reduce((all, mode) => all | mode, 0);
  return openTo(database, rights, fix);
}

/** The same of one file with these permission bits. */
export function openTo(path: string, rights: number, fix: string): OpenPlace | undefined {
  const canDo = [
    ...(rights & OTHERS_READ ? ['read'] : []),
    ...(rights & OTHERS_WRITE ? ['change'] : []),
  ].join(' and ');
  return canDo === '' ? undefined : { canDo: `${canDo} ${path}`, fix };
}

/** No rights where nothing is. @throws where it cannot be looked at */
export function modeOf(path: string): number {
  try {
    return statSync(path).mode;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Something else in the place of the directory is another check's to report.
    if (code === 'ENOENT' || code === 'ENOTDIR') return 0;
    throw error;
  }
}
