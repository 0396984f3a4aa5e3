import { accessSync, closeSync, constants, mkdirSync, openSync, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { DatabaseUnusable } from '../../../errors.ts';

/** What SQLite keeps beside a database, and would take for a part of any other file of the same name. */
export const BESIDE = ['-wal', '-shm', '-journal'];

const ELSEWHERE = 'or set LATCHKEY_DATABASE_URL';
const LET_WRITE = `let that user write there, ${ELSEWHERE}`;
/** https://www.sqlite.org/rescode.html: what a place that may not be written or read leads to. */
const PLACE_FAULTS = new Set([8 /* readonly */, 14 /* cantopen */]);
const NOT_A_DATABASE = 26;

/**
 * Makes what is missing of directory and file, for their owner alone: the file holds everybody's password hashes.
 * SQLite gives the files that it puts beside a database the rights of the database.
 * @param options.name what an operator calls the file
 * @throws DatabaseUnusable
 */
export function preparePlace(
  path: string,
  { mustExist, name = path }: { readonly mustExist: boolean; readonly name?: string },
): void {
  if (isThere(path)) return;
  if (mustExist) {
    throw new DatabaseUnusable(
      `there is no database at ${resolve(path)}`,
      `run this in the server's directory, ${ELSEWHERE}; serve, migrate and user create make a new one`,
    );
  }
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Not one that another process has just made: closing a second descriptor would drop the locks of the first.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statusOf(dirname(path))?.isDirectory()) return;
    const unforeseen = [`${resolve(name)} cannot be made (${codeOf(error)})`, LET_WRITE] as const;
    throw new DatabaseUnusable(...(problemOf(path) ?? unforeseen), error);
  }
}

/**
 * Checked before SQLite opens what is there: it would open what it cannot write for reading, and refuse each write later.
 * @throws DatabaseUnusable
 */
export function assertUsable(path: string): void {
  const problem = problemOf(path);
  if (problem !== undefined) throw new DatabaseUnusable(...problem);
}

/** What kept a database from opening, where it is the place; any other error as it is. */
export function explainOpening(path: string, error: unknown): unknown {
  const code = resultCodeOf(error);
  if (code === NOT_A_DATABASE) {
    return new DatabaseUnusable(
      `${resolve(path)} is not a SQLite database`,
      `restore it from a backup, move it away, ${ELSEWHERE}`,
      error,
    );
  }
  const problem = code !== undefined && PLACE_FAULTS.has(code) ? problemOf(path) : undefined;
  return problem === undefined ? error : new DatabaseUnusable(...problem, error);
}

/** Why no file can be made in a directory. Undefined where nothing stands in the way. */
export function problemOfDirectory(directory: string): string | undefined {
  const status = statusOf(directory);
  if (status === undefined) return `there is no directory ${directory}`;
  if (!status.isDirectory()) return `${directory} is not a directory`;
  if (!may(directory, constants.W_OK | constants.X_OK)) return notWritable(directory);
  return undefined;
}

const notWritable = (directory: string) => `${directory} cannot be written by user ${userName()}`;

/** Why a database cannot be kept here, and the fix. Undefined where nothing stands in the way. */
export function problemOf(path: string): readonly [problem: string, fix: string] | undefined {
  const file = resolve(path);
  const directory = nearestDirectory(dirname(file));
  const made = directory === dirname(file) ? '' : `${dirname(file)} cannot be made: `;
  if (statusOf(directory)?.isDirectory() === false) {
    return [`${made}${directory} is not a directory`, `move it away, ${ELSEWHERE}`];
  }
  if (!may(directory, constants.W_OK | constants.X_OK)) {
    return [`${made}${notWritable(directory)}`, LET_WRITE];
  }
  const status = statusOf(file);
  if (status?.isDirectory()) return [`${file} is a directory, not a database`, `move it away, ${ELSEWHERE}`];
  const closed = [file, ...BESIDE.map((suffix) => `${file}${suffix}`)].find(
    (each) => statusOf(each) !== undefined && !may(each, constants.R_OK | constants.W_OK),
  );
  if (closed !== undefined) {
    return [`${closed} cannot be read and written by user ${userName()}`, LET_WRITE];
  }
  return undefined;
}

/** False only where nothing is: a place that cannot be looked into may well hold something. */
export function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ENOENT';
  }
}

function nearestDirectory(path: string): string {
  const parent = dirname(path);
  return statusOf(path) !== undefined || parent === path ? path : nearestDirectory(parent);
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** In a container a user may have a number only. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'of this process');
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** Primary result code of SQLite. */
function resultCodeOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}
