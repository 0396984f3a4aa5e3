import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInstalled } from './tools.ts';

/** Capabilities with which root passes over permission bits, capabilities(7). */
const PRIVILEGES = '-dac_override,-dac_read_search';
const SETPRIV = ['--bounding-set', PRIVILEGES, '--inh-caps', PRIVILEGES];

/**
 * How a test starts a process that permission bits hold for. Such a test runs for an ordinary user as it is. Root starts
 * the process without the privilege to pass over permissions, and not as another user: the checkout may be below a
 * directory that only root can enter.
 */
function findLauncher(): { readonly prefix: readonly string[]; readonly skip: string | false } {
  if (!ignoresPermissions([])) return { prefix: [], skip: false };
  const prefix = ['setpriv', ...SETPRIV];
  if (!isInstalled('setpriv')) {
    return { prefix, skip: 'root passes over permissions, and setpriv (util-linux) is not installed' };
  }
  if (ignoresPermissions(prefix)) {
    return { prefix, skip: 'root passes over permissions here, and setpriv cannot change that' };
  }
  return { prefix, skip: false };
}

/** Whether a process with this prefix can make a file in a directory that no one may write to, or cannot run at all. */
function ignoresPermissions(prefix: readonly string[]): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-permissions-'));
  const closed = join(directory, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o555);
  const script = `require('node:fs').writeFileSync(process.argv[1], '')`;
  const [command = '', ...args] = [...prefix, process.execPath, '-e', script, join(closed, 'file')];
  const { stderr } = spawnSync(command, args, { encoding: 'utf8' });
  chmodSync(closed, 0o755);
  rmSync(directory, { recursive: true });
  return !/EACCES/.test(stderr ?? '');
}

const { prefix, skip } = findLauncher();

/** For the options of a test: the reason why it cannot run here, or false. */
export const skipWithoutPermissions =
  process.platform === 'win32' ? 'Windows keeps no permission bits' : skip;

/** Node with these arguments, in a process that permission bits hold for: command first. */
export function underPermissions(...args: readonly string[]): [command: string, args: string[]] {
  const [command = '', ...rest] = [...prefix, process.execPath, ...args];
  return [command, rest];
}
