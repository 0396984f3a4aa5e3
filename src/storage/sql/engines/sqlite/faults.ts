import { setTimeout as pause } from 'node:timers/promises';
import { AuthError } from '../../../../core/errors.ts';

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const BUSY = 5;
const LOCKED = 6;
const UNAVAILABLE = new Set([
  BUSY,
  LOCKED,
  8 /* readonly */,
  10 /* ioerr */,
  13 /* full */,
  14 /* cantopen */,
]);
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
const CONSTRAINT_UNIQUE = 2067;
const CONSTRAINT_PRIMARY_KEY = 1555;
const RETRY_AFTER_MS = 1_000;

/** How long an operation waits for the write lock of another process, from its arrival on. */
export interface Patience {
  readonly limitMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Passes the time between two tries. */
  readonly pause: () => Promise<unknown>;
}

const now = () => performance.now();
/** Longer than any transaction of ours, shorter than a client's own patience. */
export const STANDARD_PATIENCE: Patience = { limitMs: 7_000, now, pause: () => pause(10) };

/** One operation that waits. */
export interface Wait {
  isOver(): boolean;
}

/** A wait that begins now. */
export function waitFrom({ limitMs, now }: Patience): Wait {
  const end = now() + limitMs;
  return { isOver: () => now() >= end };
}

function resultCode(error: unknown): number | undefined {
  const code = error instanceof Error ? (error as { errcode?: unknown }).errcode : undefined;
  return typeof code === 'number' ? code : undefined;
}

export function isUniqueViolation(error: unknown): boolean {
  const code = resultCode(error);
  return code === CONSTRAINT_UNIQUE || code === CONSTRAINT_PRIMARY_KEY;
}

/** Damaged, or something else altogether. */
export function isBroken(error: unknown): boolean {
  const cause = error instanceof AuthError ? error.facts.cause : error;
  const code = (resultCode(cause) ?? 0) & 0xff;
  return code === CORRUPT || code === NOT_A_DATABASE;
}

export function isBusy(error: unknown): boolean {
  return ((resultCode(error) ?? 0) & 0xff) === BUSY;
}

/** A database that cannot be written or read now is a refusal with a retry, anything else stays what it is. */
export function toAuthError(error: unknown, whileDoing?: string): unknown {
  const code = resultCode(error);
  if (code === undefined || !UNAVAILABLE.has(code & 0xff)) return error;
  const message = error instanceof Error ? error.message : 'sqlite';
  const reason = whileDoing === undefined ? message : `${whileDoing}: ${message}`;
  return new AuthError('storage_unavailable', { retryAfterMs: RETRY_AFTER_MS, reason, cause: error });
}

/** What an operation gets that waited in vain. It has done nothing. */
export class WaitedInVain extends AuthError {
  constructor(cause?: unknown) {
    const reason = 'the database is locked by another process that writes';
    super('storage_unavailable', { retryAfterMs: RETRY_AFTER_MS, reason, cause });
    this.name = 'WaitedInVain';
  }
}

/**
 * Another process (the command line, a second worker) may hold the write lock. Tries again until the wait is over, with
 * the event loop free. A statement that found the database busy has done nothing.
 * @throws WaitedInVain
 */
export async function retryWhileBusy<T>(
  wait: Wait,
  pauseBetween: () => Promise<unknown>,
  attempt: () => T,
): Promise<T> {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw toAuthError(error);
      if (wait.isOver()) throw new WaitedInVain(error);
    }
    await pauseBetween();
  }
}
