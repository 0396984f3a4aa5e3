import type { Kysely, RawBuilder } from 'kysely';
import type { Tables } from '../tables/index.ts';

export type TableName = keyof Tables & string;

/** What copying whole tables and starting a new epoch need to know of an engine. */
export interface BulkFacts {
  /** The same for two engines that are on one database, whatever it is called. */
  identity(): Promise<string>;
  /** Whether another process has the database open. Asked before this engine is used for anything else. */
  isUsedByOthers(): Promise<boolean>;
  /** Until the transaction ends nobody else writes to the tables; it may take as long as it takes. */
  keepStill(transaction: Kysely<Tables>, tables: readonly TableName[]): Promise<void>;
  /** Stands in an insert that brings the numbers of a sequence along. */
  readonly withGivenNumbers: RawBuilder<unknown>;
  /** The last number that the sequence gave or was told of; 0 when there is none. */
  lastNumber(database: Kysely<Tables>, table: TableName, column: string): Promise<number>;
  /** The sequence goes on after `last`. */
  setLastNumber(database: Kysely<Tables>, table: TableName, column: string, last: number): Promise<void>;
}
