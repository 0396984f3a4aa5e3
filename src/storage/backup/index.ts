/**
 * A SQLite database into one file and back. Owns what is checked, in which order files take their names, and that a
 * restored database starts a new epoch; must not know who asks. PostgreSQL brings tools of its own (docs/backup.md).
 */
export { type Backup, backupDatabase } from './backup-database.ts';
export { type Restored, restoreDatabase } from './restore-database.ts';
