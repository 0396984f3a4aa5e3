import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A real PostgreSQL of its own. It ends with the process that started it, with all that it wrote. */
export interface PostgresServer {
  readonly port: number;
  /** Where all that it writes is. */
  readonly directory: string;
  /** As `LATCHKEY_DATABASE_URL` has it. */
  url(database: string): string;
  /** @param settings such as `max_connections=5` */
  start(...settings: readonly string[]): Promise<void>;
  /** Ends every session in good order. */
  stop(): Promise<void>;
  /** Ends at once, as a crash does. */
  kill(): Promise<void>;
  /** For good. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param settings such as `max_connections=5` */
export async function startPostgres(...settings: readonly string[]): Promise<PostgresServer> {
  const guardian = fileURLToPath(new URL('guardian.ts', import.meta.url));
  // In a group of its own: Ctrl+C must not end it before it has cleaned up.
  const child = spawn(process.execPath, [guardian, ...settings], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { stdin, stdout } = child;
  stdin.on('error', () => {});
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value } = await lines.next();
    if (value === undefined || value.startsWith('failed'))
      throw new Error(`PostgreSQL: ${value ?? 'it is gone'}`);
    return value.split(' ') as string[];
  };
  const [, port, directory = ''] = await answer();
  // Nobody waits for it: when the tests are over the process may end, and the guardian with it.
  child.unref();
  for (const pipe of [stdin, stdout]) (pipe as unknown as Socket).unref();
  const tell = async (command: string) => {
    (stdout as unknown as Socket).ref();
    stdin.write(`${command}\n`);
    try {
      await answer();
    } finally {
      (stdout as unknown as Socket).unref();
    }
  };
  return {
    port: Number(port),
    directory,
    url: (database) => `postgres://latchkey@127.0.0.1:${port}/${database}`,
    start: (...more) => tell(['start', ...more].join(' ')),
    stop: () => tell('stop'),
    kill: () => tell('kill'),
    async [Symbol.asyncDispose]() {
      child.ref();
      stdin.end();
      await exited;
    },
  };
}
