import type { ColumnDefinitionBuilder, Kysely } from 'kysely';
import type { DeletionPace } from '../../../core/storage.ts';
import type { Tables } from '../tables/index.ts';
import type { BulkFacts } from './bulk.ts';

/**
 * All that is known about one SQL engine. Everything else in storage/sql is the same for every engine; a
 * difference that cannot be said here means that this interface is wrong.
 */
export interface SqlEngine {
  readonly name: string;
  /** Single reads. May see only what is committed; never used inside a transaction. */
  readonly read: Kysely<Tables>;
  /** Single writes, each committed by itself. */
  readonly write: Kysely<Tables>;
  /** Runs a single write that others do not depend on; where a commit is dear it shares one with whoever waits. */
  writeTogether<T>(work: (database: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** For migrations, which no time limit interrupts. */
  readonly schema: Kysely<Tables>;
  /**
   * Commits all of `work` or nothing of it. What it throws is thrown again after the rollback. Runs it again, a bounded
   * number of times, after a serialisation failure or a deadlock.
   */
  transaction<T>(work: (transaction: Kysely<Tables>) => Promise<T>): Promise<T>;
  /**
   * Resolves when a write could begin, and writes nothing. Waits no longer than a health check may.
   * @throws AuthError `storage_unavailable`
   */
  assertWritable(): Promise<void>;
  /** Whether what was read of live sessions still holds. */
  readonly freshness: Freshness;
  readonly deletionPace: DeletionPace;
  readonly dialect: SqlDialectFacts;
  readonly bulk: BulkFacts;
  /** True when a unique index refused the row. */
  isUniqueViolation(error: unknown): boolean;
  /** Flushes what the engine keeps aside (SQLite's WAL) and closes. */
  close(): Promise<void>;
}

/** Lets a process keep what it has read for as long as nobody has changed it, on whichever machine. */
export interface Freshness {
  /**
   * A name for what is committed now: while two answers are equal, nothing was committed between them but what
   * `onChange` tells. Undefined when the engine cannot be sure, which is always a true answer.
   */
  version(): number | undefined;
  /**
   * True once `version` and `onChange` account for all that was committed before the call; false when that cannot be
   * known. Absent where they always do.
   */
  confirm?(): Promise<boolean>;
  /** Is told whose account, session, token or TOTP secret has changed; undefined stands for everybody's. */
  onChange?(listener: (account: string | undefined) => void): void;
  /** This process has changed something of an account that is not told. */
  forget?(account: string): void;
}

/** What migrations and two or three statements need to know. */
export interface SqlDialectFacts {
  /** Column type for digests and sealed bytes. */
  readonly bytes: 'blob' | 'bytea';
  /** Column type for whole numbers of 53 bits: instants and sequences. */
  readonly integer: 'integer' | 'bigint';
  /** Makes the column a growing primary key whose values are never used twice, even after a delete (SEC-065). */
  sequence(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
  /**
   * More than one writer at a time: what a transaction reads and then relies on must be read `for update`, which
   * engines with one writer neither need nor understand. `skip locked` is understood, too.
   */
  readonly locksRows: boolean;
  /** Whether a statement that fails ends its transaction, so that a failure that is expected needs a savepoint. */
  readonly errorEndsTransaction: boolean;
  /** Whether processes on several machines may use one database, so that what they count must be counted there. */
  readonly isShared: boolean;
  /** Makes transactions that give the same name take turns from here to their end; for what is not a row yet. */
  takeTurns(transaction: Kysely<Tables>, names: readonly string[]): Promise<void>;
}

/** Marks a compiled query that is run often enough to stay prepared, by a name that no other text has. */
export interface PreparedStatement {
  readonly statementName: string;
}
