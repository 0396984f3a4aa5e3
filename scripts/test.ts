/**
 * Runs the tests with the runtime that the lock file names: all of them, those that need no child process, database
 * server, mail server or password hash (`unit`), or the files named on the command line, with `--postgres` on
 * PostgreSQL. All of them means: everything on SQLite, and what `test/engines.ts` names on PostgreSQL once more.
 * One PostgreSQL server for all test files is started here, and ends with this process.
 */
import { globSync } from 'node:fs';
import { isOnBothEngines } from '../test/engines.ts';
import { makeTemplate } from '../test/support/postgres/databases.ts';
import { startPostgres } from '../test/support/postgres/server.ts';
import { type Job, runJobs } from './test-jobs.ts';

const UNIT = ['test/unit/**/*.test.ts', 'test/architecture.test.ts'];
const ALL = ['test/**/*.test.ts', 'examples/**/*.test.ts'];

/** @throws Error for a pattern that no file matches: a mistyped name must not look like success */
function filesOf(patterns: readonly string[]): string[] {
  const matching = patterns.map((pattern) => {
    const files = globSync(pattern);
    if (files.length === 0) throw new Error(`no test file matches ${pattern}`);
    return files;
  });
  return [...new Set(matching.flat())].toSorted();
}

const on = (engine: Job['engine'], files: readonly string[]): Job[] =>
  files.map((file) => ({ file, engine }));

async function runWithServer(jobs: readonly Job[]): Promise<boolean> {
  await using server = await startPostgres();
  const TEST_POSTGRES_URL = server.url('postgres');
  const TEST_POSTGRES_TEMPLATE = await makeTemplate(TEST_POSTGRES_URL);
  return await runJobs(jobs, { TEST_POSTGRES_URL, TEST_POSTGRES_TEMPLATE });
}

function chosen([first, ...rest]: readonly string[]): Job[] {
  if (first === '--postgres') {
    return on('postgres', rest.length > 0 ? filesOf(rest) : filesOf(ALL).filter(isOnBothEngines));
  }
  if (first !== undefined) return on('sqlite', filesOf([first, ...rest]));
  const all = filesOf(ALL);
  return [...on('sqlite', all), ...on('postgres', all.filter(isOnBothEngines))];
}

const given = process.argv.slice(2);
const succeeded =
  given[0] === 'unit' ? await runJobs(on('sqlite', filesOf(UNIT))) : await runWithServer(chosen(given));
process.exitCode = succeeded ? 0 : 1;
