import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOCKED_AFTER } from './lives/guesser.ts';
import { TRUSTED_KEY } from './lives/trusted.ts';
import type { Death } from './points.ts';

const BINARY = fileURLToPath(new URL('../../bin/latchkey.js', import.meta.url));
const DIE_AT = new URL('die-at.ts', import.meta.url).href;

export interface Started {
  /** Undefined when it was killed before. Rejects when it ends by itself. */
  readonly listening: Promise<string | undefined>;
  readonly exited: Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts real servers of one installation, one after the other. What they log is kept in the directory. */
export class Installation {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;

  constructor(directory: string, env: Readonly<Record<string, string>>) {
    this.directory = directory;
    this.#log = createWriteStream(join(directory, 'server.log'), { flags: 'a' });
    this.env = {
      LATCHKEY_ENVIRONMENT: 'test',
      LATCHKEY_PORT: '0',
      LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:8000',
      LATCHKEY_SECRET: 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz',
      LATCHKEY_RATE_LIMITS: 'off',
      LATCHKEY_LOCKOUT_FAILURES: String(LOCKED_AFTER),
      LATCHKEY_PRIVATE_KEYS: `harness:${TRUSTED_KEY}`,
      LATCHKEY_HASH_QUEUE_BUDGET: '20s',
      // The clock moves with each restart, by hours in a long run; only the grace of a refresh is to be passed.
      LATCHKEY_LOCKOUT_DURATION: '365d',
      LATCHKEY_PENDING_LIFETIME: '365d',
      LATCHKEY_FABRIC_ACCESS_LIFETIME: '30d',
      LATCHKEY_FABRIC_REFRESH_LIFETIME: '30d',
      LATCHKEY_FABRIC_CODE_LIFETIME: '1d',
      LATCHKEY_NOTES_ACCESS_LIFETIME: '30d',
      ...env,
    };
  }

  start({ death, aheadMs = 0 }: { death?: Death | undefined; aheadMs?: number } = {}): Started {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, ['--import', DIE_AT, BINARY, 'serve'], {
      cwd: this.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH,
        HOME: this.directory,
        CRASH_CLOCK_AHEAD_MS: String(aheadMs),
        ...(death !== undefined && { CRASH_AT: JSON.stringify(death) }),
        ...this.env,
      },
    });
    this.#child = child;
    const exited = once(child, 'close').then(() => {});
    const listening = new Promise<string | undefined>((resolve, reject) => {
      let said = '';
      child.stdout.on('data', (chunk) => {
        if (said.length > 4_000) return;
        said += chunk;
        const [, url] = /listening on (http:\/\/[^\s"]+)/.exec(said) ?? [];
        if (url !== undefined) resolve(url);
      });
      void exited.then(() => {
        if (child.signalCode === 'SIGKILL') resolve(undefined);
        else reject(new Error(`the server ended before it listened: ${said}`));
      });
    });
    listening.catch(() => {});
    child.stdout.pipe(this.#log, { end: false });
    child.stderr.pipe(this.#log, { end: false });
    return { listening, exited, kill: (signal) => void child.kill(signal) };
  }

  /** Ends what may still run. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      await gone;
    }
    this.#log.end();
  }
}
