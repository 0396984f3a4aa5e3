/** The database is newer than this program, which would overlook what it does not know. */
export class DatabaseTooNew extends Error {
  readonly unknown: readonly string[];

  constructor(unknown: readonly string[]) {
    const list = unknown.join(', ');
    super(`the database is of a newer version: this one does not know its migrations ${list}`);
    this.name = 'DatabaseTooNew';
    this.unknown = unknown;
  }
}
