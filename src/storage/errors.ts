import { AuthError } from '../core/errors.ts';

const RETRY_AFTER_MS = 1_000;

/**
 * The location names no database, or one that cannot be used. A request gets the same answer as for every database that
 * does not respond; an operator also gets the cause and the fix.
 */
export class DatabaseUnusable extends AuthError {
  /** One line. Names the database by its absolute path or host. */
  readonly problem: string;
  /** What the operator does about it, in one line. */
  readonly fix: string;

  constructor(problem: string, fix: string, cause?: unknown) {
    super('storage_unavailable', { retryAfterMs: RETRY_AFTER_MS, reason: `${problem}: ${fix}`, cause });
    this.name = 'DatabaseUnusable';
    this.problem = problem;
    this.fix = fix;
  }
}

/** The database was migrated by a newer version, whose tables and columns this version does not know. */
export class DatabaseTooNew extends Error {
  /** Names of the migrations that this version does not have. */
  readonly unknown: readonly string[];
  readonly problem: string;
  readonly fix =
    'install the version of Latchkey that ran them, or a newer one, or restore a backup from before it';

  constructor(unknown: readonly string[]) {
    super();
    const migrations = unknown.length === 1 ? 'migration' : 'migrations';
    this.problem = `the database is of a newer version of Latchkey: this one does not know its ${migrations} ${unknown.join(', ')}`;
    this.message = `${this.problem}: ${this.fix}`;
    this.name = 'DatabaseTooNew';
    this.unknown = unknown;
  }
}

/** The database needs migrations, and the caller opened it with `migrations: 'refuse'`. */
export class MigrationsPending extends Error {
  /** Names of the migrations, in the order in which they run. */
  readonly pending: readonly string[];

  constructor(pending: readonly string[]) {
    const list = pending.join(', ');
    const migrations = pending.length === 1 ? 'a migration' : `${pending.length} migrations`;
    super(`the database is missing ${migrations}: ${list}. Run \`latchkey migrate\` first.`);
    this.name = 'MigrationsPending';
    this.pending = pending;
  }
}

/** Why a command about a whole database was refused. */
export type StorageRefusalCode =
  | 'same_database'
  | 'in_use'
  | 'target_not_empty'
  | 'copy_of_another'
  | 'copy_differs'
  | 'not_copyable'
  | 'file_exists'
  | 'directory_unusable'
  | 'backup_unusable'
  | 'needs_file';

/** A copy, backup or restore that is refused. The message is one line, says what to do, and holds no password. */
export class StorageRefusal extends Error {
  readonly code: StorageRefusalCode;

  constructor(code: StorageRefusalCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StorageRefusal';
    this.code = code;
  }
}
