import { readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** What Linux adds to the name of an open file that has no name any more. */
const DELETED = ' (deleted)';

/**
 * Processes that have a database open which was at this path and is not there now: it was removed or replaced, and what
 * they write is lost when they end. Process ids. Linux, and processes of this user; empty elsewhere.
 */
export function processesOnLostFile(path: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  const file = join(realPathOf(dirname(resolve(path))), basename(path));
  const names = new Set([file, `${file}-wal`, `${file}-shm`]);
  const current = identityOf(file);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const open = openFilesOf(pid).filter(({ link }) => names.has(link.replace(DELETED, '')));
      if (open.length === 0) return false;
      const hasCurrent = open.some(({ fd }) => current !== undefined && identityOf(fd) === current);
      return !hasCurrent || open.some(({ link }) => link.endsWith(DELETED));
    });
}

/** As Linux names it, where the directory is there. */
function realPathOf(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}

/** Nothing of a process of another user, or of one that has ended meanwhile. */
function openFilesOf(pid: number): { readonly fd: string; readonly link: string }[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((name) => {
      const fd = `${folder}/${name}`;
      try {
        return [{ fd, link: readlinkSync(fd) }];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
