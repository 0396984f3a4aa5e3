/** The database is newer than this program, which would overlook what it does not know. */
export class DatabaseTooNew extends Error {
  readonly unknown: readonly string[];
  readonly problem: string;
  readonly fix =
    'install the version of Latchkey that ran them, or a newer one, or restore a backup from before it';

  constructor(unknown: readonly string[]) {
    super();
    const migrations = unknown.length === 1 ? 'migration' : 'migrations';
    this.problem = `the database is of a newer version of Latchkey: this one does not know its ${migrations} ${unknown.join(', ')}`;
    this.message = `${this.problem}: ${this.fix}`;
    this.name = 'DatabaseTooNew';
    this.unknown = unknown;
  }
}
