/** What a run of the tests is told by `scripts/test.ts`. Without it: SQLite, and a PostgreSQL server where one is needed. */
const { TEST_ENGINE, TEST_POSTGRES_URL, TEST_POSTGRES_TEMPLATE } = process.env as Readonly<
  Record<string, string | undefined>
>;

/** Which engine the tests of flows and contracts run on. */
export const engine: 'sqlite' | 'postgres' = TEST_ENGINE === 'postgres' ? 'postgres' : 'sqlite';

/** The server that all test files share. */
export const sharedPostgres = TEST_POSTGRES_URL;

/** The name of a migrated database there, to copy. */
export const sharedTemplate = TEST_POSTGRES_TEMPLATE;

/** For tests that open database files: skips them on the other engine. */
export const onSqliteOnly = (reason: string) => (engine === 'sqlite' ? false : reason);
