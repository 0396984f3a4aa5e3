/**
 * SQLite through `node:sqlite`. Owns its connections, pragmas and result codes; one writer behind a queue, one
 * reader beside it. Nothing outside this folder knows that it is SQLite.
 */
import { Kysely, sql } from 'kysely';
import type { Tables } from '../../tables/index.ts';
import type { SqlEngine } from '../engine.ts';
import { sqliteBulk } from './bulk.ts';
import { ChangeCounter } from './change-counter.ts';
import { SqliteConnection } from './connection.ts';
import { sqliteDialect } from './dialect.ts';
import { isUniqueViolation, type Patience, STANDARD_PATIENCE } from './faults.ts';
import { GroupCommit } from './group-commit.ts';
import { preparePlace } from './place.ts';

/**
 * @param path file name, or `:memory:` for a database that ends with the process.
 * @throws DatabaseUnusable
 */
export function openSqlite(
  path: string,
  patience: Patience = STANDARD_PATIENCE,
  { mustExist = false }: { readonly mustExist?: boolean } = {},
): SqlEngine {
  const inMemory = path === ':memory:';
  if (!inMemory) preparePlace(path, { mustExist });
  // Asked on every commit, so it must be there before the writer is.
  let changes: ChangeCounter | undefined;
  let ownCommits = 0;
  const onCommit = () => {
    ownCommits += 1;
    changes?.forget();
  };
  const write = new Kysely<Tables>({
    dialect: sqliteDialect(() => new SqliteConnection({ path, readOnly: false, patience, onCommit }), {
      isReader: false,
    }),
  });
  let closed = false;
  const openReader = () => {
    if (closed) throw new Error('the database is closed');
    return new SqliteConnection({ path, readOnly: true, patience });
  };
  // A second connection cannot see a database in memory.
  const read = inMemory
    ? write
    : new Kysely<Tables>({ dialect: sqliteDialect(openReader, { isReader: true }) });
  const groups = new GroupCommit(write);
  async function transaction<T>(work: (transaction: Kysely<Tables>) => Promise<T>): Promise<T> {
    if (closed) throw new Error('the database is closed');
    return groups.transaction(work);
  }
  return {
    name: 'sqlite',
    read,
    write,
    writeTogether: transaction,
    schema: write,
    transaction,
    freshness: {
      version() {
        if (inMemory) return ownCommits;
        if (changes === undefined && !closed) changes = new ChangeCounter(openReader());
        return changes?.current();
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
      try {
        await sql`pragma wal_checkpoint(truncate)`.execute(write);
      } finally {
        await write.destroy();
      }
    },
  };
}
