import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Tables } from '../sql/tables/index.ts';
import type { CopiedTable } from './copied-tables.ts';
import { pagesOf, type Row, type Value } from './rows.ts';

/** What two engines say alike when they hold the same rows. */
export interface TableDigest {
  readonly rows: number;
  /** SHA-256 over every value of every row, in the order of the key. */
  readonly sha256: string;
}

/** Computed here and not by the engine, so that it means the same everywhere. */
export async function digestOf(
  database: Kysely<Tables>,
  table: CopiedTable,
  { size, onRows = () => {} }: { readonly size: number; readonly onRows?: (rows: number) => void },
): Promise<TableDigest> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const page of pagesOf(database, table, { size })) {
    for (const row of page) hash.update(canonical(row));
    rows += page.length;
    onRows(rows);
  }
  return { rows, sha256: hash.digest('hex') };
}

/** Columns by their names, each value behind its kind and length, so that no two rows read alike. */
function canonical(row: Row): Buffer {
  const names = Object.keys(row).toSorted();
  return Buffer.concat(names.flatMap((name) => [tagged('c', name), tag(row[name] ?? null)]));
}

function tag(value: Value): Buffer {
  if (value === null) return tagged('n', '');
  if (typeof value === 'number') return tagged('i', String(value));
  return typeof value === 'string' ? tagged('t', value) : tagged('b', value);
}

function tagged(kind: string, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.from(`${kind}${bytes.length}:`), bytes]);
}
