import type { DatabaseLocation, SqliteLocation } from '../storage/location.ts';
import { refusedError } from './cli-error.ts';

/** For commands about a database that is one file. @throws CliError `needs_sqlite` */
export function sqliteOnly(database: DatabaseLocation, instead: string): SqliteLocation {
  if (database.engine === 'sqlite') return database;
  throw refusedError('needs_sqlite', `the database is PostgreSQL: ${instead} (docs/backup.md)`);
}
