import type { Kysely } from 'kysely';
import { counted } from '../../core/words.ts';
import { StorageRefusal } from '../errors.ts';
import type { SqlEngine } from '../sql/engines/engine.ts';
import { migrate, notYetRun, refusePending } from '../sql/migrations/index.ts';
import type { Tables } from '../sql/tables/index.ts';
import { type CopiedTable, copiedNames, copiedTables } from './copied-tables.ts';
import { digestOf, type TableDigest } from './digest.ts';
import { assertCopyable, countRows, insertRows, lastKeyOf, pagesOf } from './rows.ts';
import { markUnderWay, sourceUnderWay, unmark } from './under-way.ts';

/** One side of a copy. */
export interface Side {
  readonly engine: SqlEngine;
  /** Where it is, as an operator calls it; without user and password. */
  readonly name: string;
}

export interface CopyProgress {
  readonly step: 'copy' | 'verify';
  readonly table: string;
  readonly done: number;
  readonly total: number;
}

export interface CopyOptions {
  /** Rows of one transaction. */
  readonly batch?: number;
  /** Called after each batch was committed or compared. */
  readonly onProgress?: (progress: CopyProgress) => void;
}

export interface CopiedDatabase {
  /** Whether a copy that was cut off before was finished. */
  readonly resumed: boolean;
  readonly tables: readonly (TableDigest & { readonly table: string })[];
}

/** All columns of all rows stay below what one statement may carry on either engine. */
const BATCH = 500;

/**
 * Copies every row, and lets the target be used only when it holds what the source holds. Nobody writes to the
 * source meanwhile. What cuts it off leaves a target that is marked; the same call then goes on behind the last row
 * that arrived.
 * @throws StorageRefusal, MigrationsPending, DatabaseTooNew, DatabaseUnusable, AuthError `storage_unavailable`
 */
export async function copyDatabase(
  source: Side,
  target: Side,
  { batch = BATCH, onProgress = () => {} }: CopyOptions = {},
): Promise<CopiedDatabase> {
  if ((await source.engine.bulk.identity()) === (await target.engine.bulk.identity())) {
    throw new StorageRefusal('same_database', 'source and target are the same database');
  }
  for (const { engine, name } of [source, target]) {
    if (await engine.bulk.isUsedByOthers()) {
      throw new StorageRefusal('in_use', `a server or command has ${name} open; stop it first`);
    }
  }
  await refusePending(source.engine);
  const resumed = await prepare(target, source.name);
  return source.engine.schema.transaction().execute(async (from) => {
    await source.engine.bulk.keepStill(from, copiedNames);
    const totals = new Map<string, number>();
    for (const { name } of copiedTables) totals.set(name, await countRows(from, name));
    for (const table of copiedTables) {
      const total = totals.get(table.name) ?? 0;
      await copyTable(from, target.engine, table, {
        batch,
        onRows: (done) => onProgress({ step: 'copy', table: table.name, done, total }),
      });
    }
    const tables = await finish(from, source, target, { batch, totals, onProgress });
    return { resumed, tables };
  });
}

/** A server that was started once on the empty target leaves this row; the copy replaces it with the source's. */
const FINGERPRINT = 'secret_fingerprint';

/** Leaves a target with schema and mark. True when a copy had been under way. */
async function prepare({ engine, name }: Side, source: string): Promise<boolean> {
  const known = await sourceUnderWay(engine.schema);
  if (known !== undefined && known !== source) {
    throw new StorageRefusal(
      'copy_of_another',
      `${name} holds an unfinished copy of ${known}; copy from there, or empty it first`,
    );
  }
  if (known !== undefined) {
    if ((await notYetRun(engine)).length === 0) return true;
    throw new StorageRefusal(
      'copy_of_another',
      `an older version of Latchkey began the copy in ${name}; empty it and copy again`,
    );
  }
  await migrate(engine);
  await engine.schema.transaction().execute(async (transaction) => {
    for (const table of copiedNames) {
      if (table === FINGERPRINT || (await countRows(transaction, table)) === 0) continue;
      throw new StorageRefusal(
        'target_not_empty',
        `${name} is not empty: there are rows in ${table}. Name a database without any`,
      );
    }
    await transaction.deleteFrom(FINGERPRINT).execute();
    await markUnderWay(transaction, source);
  });
  return false;
}

/** Each page is one transaction, so that the last row in the target says how far the copy has come. */
async function copyTable(
  from: Kysely<Tables>,
  target: SqlEngine,
  table: CopiedTable,
  { batch, onRows }: { readonly batch: number; readonly onRows: (done: number) => void },
): Promise<void> {
  let done = await countRows(target.schema, table.name);
  onRows(done);
  const after = await lastKeyOf(target.schema, table);
  for await (const rows of pagesOf(from, table, { size: batch, after })) {
    for (const row of rows) assertCopyable(table, row);
    await target.schema
      .transaction()
      .execute((transaction) => insertRows(transaction, table, rows, target.bulk));
    done += rows.length;
    onRows(done);
  }
}

interface Finish extends Required<CopyOptions> {
  readonly totals: ReadonlyMap<string, number>;
}

/** What was compared is what is let go: nobody writes to either side between the two. */
async function finish(
  from: Kysely<Tables>,
  source: Side,
  target: Side,
  { batch, totals, onProgress }: Finish,
): Promise<CopiedDatabase['tables']> {
  return target.engine.schema.transaction().execute(async (to) => {
    await target.engine.bulk.keepStill(to, copiedNames);
    const tables: (TableDigest & { table: string })[] = [];
    for (const table of copiedTables) {
      const total = totals.get(table.name) ?? 0;
      const onRows = (done: number) => onProgress({ step: 'verify', table: table.name, done, total });
      const there = await digestOf(from, table, { size: batch, onRows });
      const here = await digestOf(to, table, { size: batch });
      if (there.rows !== here.rows || there.sha256 !== here.sha256) {
        throw differs(table.name, source, target, { there, here });
      }
      tables.push({ table: table.name, ...here });
      const { numbered } = table;
      if (numbered === undefined) continue;
      const last = await Promise.all([
        source.engine.bulk.lastNumber(from, table.name, numbered),
        target.engine.bulk.lastNumber(to, table.name, numbered),
      ]);
      // Past what was ever given, not past what is left of it: a number that is gone is never given again (SEC-065).
      await target.engine.bulk.setLastNumber(to, table.name, numbered, Math.max(...last));
    }
    await unmark(to);
    return tables;
  });
}

function differs(
  table: string,
  source: Side,
  target: Side,
  { there, here }: { readonly there: TableDigest; readonly here: TableDigest },
): StorageRefusal {
  const rows = `${counted(there.rows, 'row')} in ${source.name}, ${here.rows} in ${target.name}`;
  const what = there.rows === here.rows ? `${counted(there.rows, 'row')} on both sides, not the same` : rows;
  return new StorageRefusal(
    'copy_differs',
    `${table} differs: ${what}. One of them was written to since the copy began: stop every server on both, empty ${target.name} and copy again`,
  );
}
