import type { ColumnDefinitionBuilder, Kysely } from 'kysely';
import type { Tables } from '../tables/index.ts';

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
  /** Commits all of `work` or nothing of it. What it throws is thrown again after the rollback. */
  transaction<T>(work: (transaction: Kysely<Tables>) => Promise<T>): Promise<T>;
  /**
   * A name for what is committed now: while two answers are equal, nothing was committed between them, by this
   * process or any other. Undefined when the engine cannot be sure, which is always a true answer.
   */
  version(): number | undefined;
  readonly dialect: SqlDialectFacts;
  /** True when the transaction may simply be run again: serialisation failure, deadlock. */
  isRetryable(error: unknown): boolean;
  /** True when a unique index refused the row. */
  isUniqueViolation(error: unknown): boolean;
  /** Flushes what the engine keeps aside (SQLite's WAL) and closes. */
  close(): Promise<void>;
}

/** What migrations and two or three statements need to know. */
export interface SqlDialectFacts {
  /** Column type for digests and sealed bytes. */
  readonly bytes: 'blob' | 'bytea';
  /** Column type for whole numbers of 53 bits: instants and sequences. */
  readonly integer: 'integer' | 'bigint';
  /** Makes the column a growing primary key whose values are never used twice, even after a delete (SEC-065). */
  sequence(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
  /** Whether `for update skip locked` is understood and needed: more than one writer at a time. */
  readonly skipsLocked: boolean;
}
