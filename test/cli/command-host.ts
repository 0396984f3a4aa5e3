/**
 * The program of a process that runs commands one after another, as `bin/latchkey.js` runs one: with the directory,
 * environment and standard input of each, and with what it prints collected. `commands.ts` starts it.
 */
import { Readable, Writable } from 'node:stream';
import { runCli } from '../../src/cli/index.ts';
import type { Finished } from './support.ts';

export interface Command {
  readonly directory: string;
  readonly args: readonly string[];
  /** All of it: nothing of the environment of this process is left. */
  readonly env: Readonly<Record<string, string>>;
  readonly input: string | Uint8Array | undefined;
}

/** A stream that keeps what is written to it, as text. */
function collector() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

function replaceStream(name: 'stdin' | 'stdout' | 'stderr', value: Readable | Writable): void {
  Object.defineProperty(process, name, { value, configurable: true });
}

/** What keeps this process from ending, apart from the wait below. */
function openResources(): string {
  const open = process.getActiveResourcesInfo().filter((name) => name !== 'Immediate');
  return open.toSorted().join();
}

async function run({ directory, args, env, input }: Command): Promise<Finished> {
  process.chdir(directory);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const [stdout, stderr] = [collector(), collector()];
  replaceStream('stdin', Readable.from(input === undefined ? [] : [Buffer.from(input)]));
  replaceStream('stdout', stdout.stream);
  replaceStream('stderr', stderr.stream);
  const before = openResources();
  process.exitCode = undefined;
  await runCli([process.execPath, 'latchkey', ...args]);
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  // A command whose process would not end now never answers, and the test fails for want of patience.
  while (openResources() !== before) await new Promise(setImmediate);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

process.on('message', async (command: Command) => process.send?.(await run(command)));
