import { link, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Random } from '../core/ports.ts';
import type { DatabaseLocation } from '../storage/location.ts';
import { ConfigError, type Mistake } from './config-error.ts';
import { MEMORY } from './kinds/database.ts';
import { InvalidValue, parsePart } from './kinds/kind.ts';
import { rootSecret } from './kinds/root-secret.ts';
import { secretRequired } from './production-rules.ts';

const NAME = 'LATCHKEY_SECRET';
const FILE = 'latchkey.secret';
const GENERATED_BYTES = 32;
const RESTORE = 'restore it from a backup; a new one would end every session and lose every TOTP secret';

export interface SecretSources {
  /** `LATCHKEY_SECRET`, if it is set. */
  readonly value: string | undefined;
  readonly environment: 'development' | 'test' | 'production';
  readonly database: DatabaseLocation;
  readonly random: Random;
  /** False where the database already has a secret: a new one would not match it. */
  readonly mayCreate: boolean;
}

/**
 * The root secret (decision 10): what the operator gave, or outside production one that is made once and kept
 * beside the database.
 * @throws {ConfigError}
 */
export async function resolveSecret({
  value,
  environment,
  database,
  random,
  mayCreate,
}: SecretSources): Promise<Buffer> {
  if (value !== undefined) return fromText(value);
  if (environment === 'production') throw new ConfigError([secretRequired]);
  // A database that dies with the process leaves nothing behind that a key would have to open again.
  if (database.engine === 'sqlite' && database.path === MEMORY) return random.bytes(GENERATED_BYTES);
  const path = secretFileFor(database);
  try {
    const secret = await readSecret(path);
    if (secret !== undefined) return secret;
    if (!mayCreate) throw new ConfigError([secretMissing(path)]);
    return await createSecret(path, random);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw refused(
      `${path} cannot be read or made (${error.code})`,
      `let Latchkey write there, or set ${NAME}`,
    );
  }
}

const LOST =
  'if that secret is lost, run latchkey db new-epoch --forget-secret: every session ends, and TOTP must be enrolled again';

/** @param path where the secret file would be */
const secretMissing = (path: string): Mistake => ({
  name: NAME,
  problem: `it is not set, ${path} does not exist, and the database already has a secret`,
  fix: `set it to the secret of the server, or run this in the directory of the server; ${LOST}`,
});

const secretMismatch = (fix: string): Mistake => ({
  name: NAME,
  problem: 'it is not the secret of this database',
  fix,
});

/**
 * What to tell an operator whose secret is not the one of the database.
 * @param isRecorded whether a secret is the one of the database
 */
export async function explainMismatch(
  { value, environment, database }: Omit<SecretSources, 'random' | 'mayCreate'>,
  isRecorded: (secret: Buffer) => boolean,
): Promise<Mistake> {
  const path = secretFileFor(database);
  const kept = value === undefined ? undefined : await readSecret(path).catch(() => undefined);
  if (kept !== undefined && isRecorded(kept)) {
    const copy = `set it to the text in ${path}`;
    return secretMismatch(environment === 'production' ? copy : `unset it, or ${copy}`);
  }
  return secretMismatch(
    `set it to the secret of the server; if you replaced that, list the former one in LATCHKEY_PREVIOUS_SECRETS; ${LOST}`,
  );
}

/** Where the secret is kept that nobody gave. */
export function secretFileFor(database: DatabaseLocation): string {
  // A server keeps its files elsewhere: then it lies where a database file would by default.
  return join(database.engine === 'sqlite' ? dirname(database.path) : 'data', FILE);
}

/** Undefined if there is no such file. */
async function readSecret(path: string): Promise<Buffer | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
  await using opened = file;
  const status = await opened.stat();
  // Windows keeps no such bits, and says that everyone may read everything.
  if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
    const mode = (status.mode & 0o777).toString(8);
    throw refused(
      `others on this machine can read or change ${path} (mode ${mode})`,
      `run: chmod 600 '${path}'`,
    );
  }
  return fromText((await opened.readFile('utf8')).trim(), path);
}

/**
 * Written in full under another name first, and then linked to its own: the link fails if the name is taken, so
 * that of two processes one wins, and the other never reads a file that is half written.
 */
async function createSecret(path: string, random: Random): Promise<Buffer> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${random.uuid()}`;
  try {
    await using file = await open(draft, 'wx', 0o600);
    await file.writeFile(`${random.bytes(GENERATED_BYTES).toString('base64url')}\n`);
    await file.sync();
    await link(draft, path);
  } catch (error) {
    if (!(isSystemError(error) && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const secret = await readSecret(path);
  if (secret === undefined) throw refused(`${path} vanished while it was made`, 'start again');
  return secret;
}

/** The text itself is the secret, so that the one of a file can be moved to the environment as it is. */
function fromText(text: string, path?: string): Buffer {
  const kind = rootSecret();
  try {
    return Buffer.from(path === undefined ? kind.parse(text) : parsePart(kind, text, path));
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw refused(error.message, path === undefined ? (error.fix ?? `write ${kind.expects}`) : RESTORE);
  }
}

function refused(problem: string, fix: string): ConfigError {
  return new ConfigError([{ name: NAME, problem, fix }]);
}

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
