/**
 * Runs the tests with the runtime that the lock file names: all of them, those that need no child process, mail
 * server or password hash (`unit`), or the files named on the command line.
 */
import { spawnSync } from 'node:child_process';

const UNIT = ['test/unit/**/*.test.ts', 'test/architecture.test.ts'];
const ALL = ['test/**/*.test.ts', 'examples/**/*.test.ts'];
/** Makes `latchkey` and its parts the source of this checkout, for examples that import the package. */
const SOURCE = '--conditions=latchkey-source';

const [first, ...rest] = process.argv.slice(2);
const patterns = first === undefined ? ALL : first === 'unit' ? UNIT : [first, ...rest];
const { status } = spawnSync(
  process.execPath,
  [SOURCE, '--test', '--test-timeout=120000', '--test-reporter=spec', ...patterns],
  {
    stdio: 'inherit',
  },
);
process.exit(status ?? 1);
