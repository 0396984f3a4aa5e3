import { test } from 'node:test';
import type { Storage } from '../../core/storage.ts';

/** One database, opened. */
export interface OpenedStorage {
  readonly storage: Storage;
  /** Closes `storage` and opens the same data again, as a restart does. */
  reopen(): Promise<Storage>;
  /** One more storage on the same data, as another process would have it. */
  another(): Promise<Storage>;
  /** Every value of every row, for guarantees about what is not kept. Text as UTF-8, bytes as they are. */
  dump(): Promise<Buffer>;
  /** Closes every storage that was handed out, and deletes the data. */
  close(): Promise<void>;
}

/** What an engine may be unable to do, at the price of a reason that stands in the report. */
export type Capability =
  /** The data outlives the storage that wrote it. */
  | 'reopening'
  /** Several processes may use the data at the same time. */
  | 'several processes'
  /** Who reads does not wait for a transaction that is open. */
  | 'reading beside a transaction';

export interface StorageConformanceOptions {
  /** Of the engine, for the report. */
  readonly name: string;
  /** A migrated database without a row, another one for each call. */
  readonly open: () => Promise<OpenedStorage>;
  /**
   * Opens one database that has no schema yet, `times` times in the same moment, as processes that start together
   * do. Answers the names of the migrations that each of them ran.
   */
  readonly openAtOnce: (times: number) => Promise<readonly (readonly string[])[]>;
  readonly skip?: Partial<Record<Capability, string>>;
}

/** Defines one guarantee: a test on a database of its own. */
export type Guarantee = (name: string, body: (database: OpenedStorage) => Promise<void>) => void;

/** What the files of this folder define their guarantees with. */
export interface Suite {
  readonly guarantee: Guarantee;
  /** The same, for engines that can do what it takes; skipped with the engine's reason by others. */
  readonly guaranteeWith: (needed: Capability) => Guarantee;
  /** The storages that a race runs on: two processes' where the engine knows more than one. */
  readonly rivals: (database: OpenedStorage) => Promise<readonly [Storage, ...Storage[]]>;
  readonly openAtOnce: StorageConformanceOptions['openAtOnce'];
  readonly reasonToSkip: (needed: Capability) => string | undefined;
}

export function createSuite({ open, openAtOnce, skip = {} }: StorageConformanceOptions): Suite {
  const define = (name: string, body: Parameters<Guarantee>[1], reason: string | undefined) =>
    test(name, { skip: reason ?? false }, async () => {
      const database = await open();
      try {
        await body(database);
      } finally {
        await database.close();
      }
    });
  return {
    openAtOnce,
    reasonToSkip: (needed) => skip[needed],
    guarantee(name, body) {
      define(name, body, undefined);
    },
    guaranteeWith: (needed) => (name, body) => {
      define(name, body, skip[needed]);
    },
    async rivals(database) {
      if (skip['several processes'] !== undefined) return [database.storage];
      return [database.storage, await database.another()];
    },
  };
}
