import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { underPermissions } from '../support/permissions.ts';
import type { Command } from './command-host.ts';
import type { Finished } from './support.ts';

const HOST = fileURLToPath(new URL('command-host.ts', import.meta.url));
/** Makes `latchkey/contracts` the source of this checkout, for contract modules. */
const SOURCE = '--conditions=latchkey-source';

/** Hosts that wait for a command: ordinary ones, and those that permission bits hold for. They end with this process. */
const idle = { ordinary: [] as ChildProcess[], limited: [] as ChildProcess[] };

function startHost(kind: keyof typeof idle): ChildProcess {
  const [command, args] =
    kind === 'limited' ? underPermissions(SOURCE, HOST) : [process.execPath, [SOURCE, HOST]];
  return spawn(command, args, {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Whether this process waits for a host, which must not end meanwhile. */
function setWaiting(host: ChildProcess, isWaiting: boolean): void {
  const change = isWaiting ? 'ref' : 'unref';
  host[change]();
  host.channel?.[change]();
}

/**
 * Runs a command in a process that has run others before, which saves the half second that a start takes. Commands that
 * run at the same time have a process each.
 */
export async function runInHost(
  command: Command,
  kind: keyof typeof idle,
  patienceMs: number,
): Promise<Finished> {
  const host = idle[kind].pop() ?? startHost(kind);
  setWaiting(host, true);
  const timeout = setTimeout(() => host.kill('SIGKILL'), patienceMs);
  const over = new AbortController();
  const { signal } = over;
  const died = once(host, 'exit', { signal }).then(() => {
    throw new Error(`latchkey ${command.args.join(' ')} did not end, or ended the process that ran it`);
  });
  const answered = once(host, 'message', { signal });
  host.send(command);
  try {
    const [finished] = await Promise.race([answered, died]);
    idle[kind].push(host);
    return finished as Finished;
  } finally {
    clearTimeout(timeout);
    died.catch(() => {});
    over.abort();
    setWaiting(host, false);
  }
}
