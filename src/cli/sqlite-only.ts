import type { Database } from '../config/index.ts';
import { refusedError } from './cli-error.ts';

type SqliteDatabase = Extract<Database, { engine: 'sqlite' }>;

/** For commands about a database that is one file. @throws CliError `needs_sqlite` */
export function sqliteOnly(database: Database, instead: string): SqliteDatabase {
  if (database.engine === 'sqlite') return database;
  throw refusedError('needs_sqlite', `the database is PostgreSQL: ${instead} (docs/backup.md)`);
}
