/**
 * Runs the tests with the runtime that the lock file names: all of them, those that need no child process, database
 * server, mail server or password hash (`unit`), or the files named on the command line, with `--postgres` on
 * PostgreSQL. All of them means: everything on SQLite, and what is about flows and contracts on PostgreSQL once more.
 * One server for all test files is started here, and ends with this process.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../test/support/postgres/server.ts';

const UNIT = ['test/unit/**/*.test.ts', 'test/architecture.test.ts'];
const ALL = ['test/**/*.test.ts', 'examples/**/*.test.ts'];
/** Makes `latchkey` and its parts the source of this checkout, for examples that import the package. */
const SOURCE = '--conditions=latchkey-source';
/** Where `bin/latchkey.js` keeps compiled code, too. Its names are digests of the source: a change is compiled anew. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/latchkey', import.meta.url));
/** Node would leave a core to itself, which of two is half: files wait for disks and child processes most of the time. */
const AT_ONCE = `--test-concurrency=${availableParallelism()}`;
/** Where the engine makes the difference. The rest talks to no database, or to the files of one. */
const ON_BOTH_ENGINES = ['test/core/**/*.test.ts', 'test/contracts/**/*.test.ts'];

function run(patterns: readonly string[], env: Readonly<Record<string, string>> = {}): number {
  const { status } = spawnSync(
    process.execPath,
    [SOURCE, AT_ONCE, '--test', '--test-timeout=120000', '--test-reporter=spec', ...patterns],
    { stdio: 'inherit', env: { ...process.env, NODE_COMPILE_CACHE, ...env } },
  );
  return status ?? 1;
}

async function runWithServer(
  named: readonly string[],
  engines: readonly ('sqlite' | 'postgres')[],
): Promise<number> {
  await using server = await startPostgres();
  const TEST_POSTGRES_URL = server.url('postgres');
  const results = engines.map((TEST_ENGINE) => {
    const patterns = named.length > 0 ? named : TEST_ENGINE === 'sqlite' ? ALL : ON_BOTH_ENGINES;
    return run(patterns, { TEST_ENGINE, TEST_POSTGRES_URL });
  });
  return Math.max(...results);
}

const [first, ...rest] = process.argv.slice(2);
if (first === 'unit') process.exitCode = run(UNIT);
else if (first === '--postgres') process.exitCode = await runWithServer(rest, ['postgres']);
else if (first !== undefined) process.exitCode = await runWithServer([first, ...rest], ['sqlite']);
else process.exitCode = await runWithServer([], ['sqlite', 'postgres']);
