import { statSync } from 'node:fs';
import { sql } from 'kysely';
import type { BulkFacts } from '../bulk.ts';
import { isThere } from './place.ts';
import { takeSoleUse } from './sole-use.ts';

export function sqliteBulk(path: string): BulkFacts {
  return {
    async identity() {
      const { dev, ino } = statSync(path);
      return `${dev}:${ino}`;
    },
    async isUsedByOthers() {
      if (path === ':memory:' || !isThere(path)) return false;
      const soleUse = takeSoleUse(path);
      soleUse?.end();
      return soleUse === undefined;
    },
    // There is one writer, and the transaction is it.
    keepStill: async () => {},
    withGivenNumbers: sql``,
    async lastNumber(database, table) {
      const { rows } = await sql<{
        seq: number;
      }>`select seq from sqlite_sequence where name = ${table}`.execute(database);
      return rows[0]?.seq ?? 0;
    },
    async setLastNumber(database, table, _column, last) {
      await sql`delete from sqlite_sequence where name = ${table}`.execute(database);
      await sql`insert into sqlite_sequence (name, seq) values (${table}, ${last})`.execute(database);
    },
  };
}
