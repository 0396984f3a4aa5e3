import { DatabaseError } from 'pg';
import { AuthError } from '../../../../core/errors.ts';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505';
/** Of prepared statements: a pooler gave this client the session of another one. */
const LOST_STATEMENT = new Set(['26000' /* it does not exist */, '42P05' /* it exists already */]);
const RETRYABLE = new Set([
  '40001' /* serialization_failure */,
  '40P01' /* deadlock_detected */,
  ...LOST_STATEMENT,
]);
const UNAVAILABLE_CLASSES = new Set([
  '08' /* connection */,
  '28' /* the server does not let us in */,
  '53' /* out of disk, memory or connections */,
  '57' /* cancelled (statement timeout), shut down, starting up */,
  '58' /* input and output */,
]);
const UNAVAILABLE = new Set([
  '25006' /* read_only_sql_transaction */,
  '42501' /* insufficient_privilege: the operator's to grant */,
  '25P03' /* idle_in_transaction_session_timeout */,
  '3D000' /* no such database */,
  '55P03' /* lock_not_available */,
]);
/** After these the session is over, whatever the statement was. */
const FATAL = new Set(['FATAL', 'PANIC']);
const RETRY_AFTER_MS = 1_000;

/** A transaction of which it is known that nothing was committed, although nobody said so at the time. */
export class RolledBack extends Error {
  constructor(cause: unknown) {
    super('the connection was lost during a commit that did not happen', { cause });
    this.name = 'RolledBack';
  }
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === UNIQUE_VIOLATION;
}

/** Whether a statement that was prepared by name is not what this client prepared. */
export function isLostStatement(error: unknown): boolean {
  return error instanceof DatabaseError && LOST_STATEMENT.has(error.code ?? '');
}

/** Expects what `toAuthError` made of it: refused for good once nobody repeats it any more. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof AuthError)) return false;
  const { cause } = error.facts;
  return cause instanceof RolledBack || (cause instanceof DatabaseError && RETRYABLE.has(cause.code ?? ''));
}

/** Whether the session can go on after this error of a statement: the server spoke, and did not say farewell. */
export function leavesConnectionUsable(error: unknown): boolean {
  return error instanceof DatabaseError && !FATAL.has(error.severity ?? '');
}

/** What a repeat may get past is a refusal with a retry, anything else stays what it is: a bug. */
export function toAuthError(error: unknown, whileDoing?: string): unknown {
  if (error instanceof AuthError || isBug(error)) return error;
  const message = messageOf(error);
  const reason = whileDoing === undefined ? message : `${whileDoing}: ${message}`;
  return new AuthError('storage_unavailable', { retryAfterMs: RETRY_AFTER_MS, reason, cause: error });
}

/** `pg` throws plain errors for everything that is wrong with a connection, and its own for what the server says. */
function isBug(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return error instanceof TypeError || error instanceof RangeError;
  const code = error.code ?? '';
  return !(UNAVAILABLE_CLASSES.has(code.slice(0, 2)) || UNAVAILABLE.has(code) || RETRYABLE.has(code));
}

/** One line. A name with several addresses fails with one error for each, and no message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
}
