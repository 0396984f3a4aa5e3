/** The database is older than this program, and whoever opened it did not want to change that. */
export class MigrationsPending extends Error {
  readonly pending: readonly string[];

  constructor(pending: readonly string[]) {
    const list = pending.join(', ');
    const migrations = pending.length === 1 ? 'a migration' : `${pending.length} migrations`;
    super(`the database lacks ${migrations}: ${list}. Run \`latchkey migrate\` first.`);
    this.name = 'MigrationsPending';
    this.pending = pending;
  }
}
