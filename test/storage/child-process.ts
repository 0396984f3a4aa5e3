import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { underPermissions } from '../support/permissions.ts';

/** A second process of ours, which says what it did line by line and is told what to do the same way. */
export interface Child extends AsyncDisposable {
  /** The next line it printed; undefined when it is gone. */
  line(): Promise<string | undefined>;
  tell(text: string): void;
  kill(signal: NodeJS.Signals): void;
  /** Everything that it prints until it ends, and its exit code. */
  end(): Promise<{ lines: string[]; code: number | null }>;
}

/**
 * @param script beside this file
 * @param options.underPermissions in a process that permission bits hold for, also where the tests run as root
 */
export function startChild(
  script: string,
  args: readonly string[],
  options: { readonly underPermissions?: boolean } = {},
): Child {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const all = [path, ...args];
  const [command, rest] = options.underPermissions ? underPermissions(...all) : [process.execPath, all];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
  const exited = once(child, 'exit');
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('a child without its pipes');
  // Whoever was killed reads nothing any more.
  stdin.on('error', () => {});
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value;
  return {
    line,
    tell: (text) => stdin.write(`${text}\n`),
    kill: (signal) => child.kill(signal),
    async end() {
      const rest: string[] = [];
      for (let next = await line(); next !== undefined; next = await line()) rest.push(next);
      const [code] = await exited;
      return { lines: rest, code };
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
