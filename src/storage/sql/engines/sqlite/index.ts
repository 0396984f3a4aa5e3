/**
 * SQLite through `node:sqlite`. Owns its connections, pragmas and result codes; one writer behind a queue, one
 * reader beside it. Nothing outside this folder knows that it is SQLite.
 */
import { Kysely, sql } from 'kysely';
import { DatabaseUnusable } from '../../../errors.ts';
import type { Tables } from '../../tables/index.ts';
import type { SqlEngine } from '../engine.ts';
import { sqliteBulk } from './bulk.ts';
import { ChangeCounter } from './change-counter.ts';
import { CheckpointThread } from './checkpoint-thread.ts';
import { SqliteConnection } from './connection.ts';
import { ConnectionQueue } from './connection-queue.ts';
import { readerDialect, writerDialect } from './dialect.ts';
import { isUniqueViolation, type Patience, STANDARD_PATIENCE, type Wait, waitFrom } from './faults.ts';
import { GroupCommit } from './group-commit.ts';
import { OpenedFile, type OpenedFileOptions } from './opened-file.ts';
import { assertUsable, preparePlace } from './place.ts';

export interface SqliteOptions {
  readonly patience?: Patience;
  /** Makes no database where there is none. */
  readonly mustExist?: boolean;
  /** Called when the file was removed or replaced, and with undefined when it is back. */
  readonly onFileChange?: OpenedFileOptions['onChange'];
}

/** 50 rows of any table take a few milliseconds (decision 0024). */
const DELETION = { rows: 50, pauseMs: 10 };
/** A health check that waits longer has told its caller enough. */
const HEALTH_LIMIT_MS = 1_000;

/**
 * @param path file name, or `:memory:` for a database that ends with the process.
 * @throws DatabaseUnusable
 */
export function openSqlite(
  path: string,
  { patience = STANDARD_PATIENCE, mustExist = false, onFileChange: onChange }: SqliteOptions = {},
): SqlEngine {
  const inMemory = path === ':memory:';
  if (!inMemory) {
    preparePlace(path, { mustExist });
    assertUsable(path);
  }
  const file = inMemory ? undefined : new OpenedFile(path, { now: patience.now, onChange });
  // Asked on every commit, so it must be there before the writer is.
  let changes: ChangeCounter | undefined;
  let ownCommits = 0;
  const onCommit = () => {
    ownCommits += 1;
    changes?.forget();
  };
  const writes = new ConnectionQueue(
    () => new SqliteConnection({ path, readOnly: false, file, onCommit }),
    patience,
  );
  const openWriter = (newWait: () => Wait) => new Kysely<Tables>({ dialect: writerDialect(writes, newWait) });
  const write = openWriter(() => waitFrom(patience));
  const probe = openWriter(() => waitFrom({ ...patience, limitMs: HEALTH_LIMIT_MS }));
  const groups = new GroupCommit(openWriter, patience);
  const checkpoints = inMemory ? undefined : new CheckpointThread(path);
  let closed = false;
  const assertOpen = (): OpenedFile | undefined => {
    if (closed) throw new Error('the database is closed');
    return file;
  };
  const openReader = () => {
    assertOpen();
    return new SqliteConnection({ path, readOnly: true, file });
  };
  // A second connection cannot see a database in memory.
  const read = inMemory
    ? write
    : new Kysely<Tables>({ dialect: readerDialect(new ConnectionQueue(openReader, patience), patience) });
  async function transaction<T>(work: (transaction: Kysely<Tables>) => Promise<T>): Promise<T> {
    assertOpen();
    return groups.transaction(work);
  }
  return {
    name: 'sqlite',
    read,
    write,
    writeTogether: transaction,
    schema: write,
    transaction,
    async assertWritable() {
      assertOpen()?.assertSameNow();
      // To begin is to be let write; nothing is written, so that a probe costs no disk access.
      await probe.transaction().execute(async () => {});
    },
    freshness: {
      version() {
        if (inMemory) return ownCommits;
        if (changes === undefined && !closed) changes = new ChangeCounter(openReader());
        return changes?.current();
      },
    },
    deletionPace: {
      ...DELETION,
      async settle() {
        assertOpen()?.assertSameNow();
        await checkpoints?.run();
      },
    },
    dialect: {
      bytes: 'blob',
      integer: 'integer',
      // Without `autoincrement` SQLite would give the number of a deleted last row to the next one.
      sequence: (column) => column.primaryKey().autoIncrement(),
      locksRows: false,
      errorEndsTransaction: false,
      isShared: false,
      // There is one writer.
      takeTurns: async () => {},
    },
    bulk: sqliteBulk(path),
    isUniqueViolation,
    async close() {
      closed = true;
      if (read !== write) await read.destroy();
      changes?.close();
      await checkpoints?.close();
      try {
        await sql`pragma wal_checkpoint(truncate)`.execute(write);
      } catch (error) {
        // A file that is gone has nothing to gather.
        if (!(error instanceof DatabaseUnusable)) throw error;
      } finally {
        await write.destroy();
      }
    },
  };
}
