import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { createLog, loadConfig, startServer } from 'latchkey';
import { type ConformanceServer, contracts as ours } from 'latchkey/contracts';
import { minimal } from '../index.ts';

const contracts = [...ours, minimal];
/** The least work that argon2 accepts: no test here is about the strength of a hash. */
const hashParameters = { memoryKiB: 8, iterations: 1, lanes: 1 };

export interface TestServer extends ConformanceServer {
  /** Where its database is. */
  readonly path: string;
}

/** A whole server on a real socket and a database of its own, with a clock that stands still. */
export async function start(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-minimal-'));
  const path = join(directory, 'latchkey.db');
  const lines: string[] = [];
  let now = Date.UTC(2026, 0, 1, 12);
  const clock = {
    now: () => now,
    advance(ms: number) {
      now += ms;
    },
  };
  const env = {
    LATCHKEY_ENVIRONMENT: 'test',
    LATCHKEY_PORT: '0',
    LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:8000',
    LATCHKEY_DATABASE_URL: `sqlite:${path}`,
    LATCHKEY_RATE_LIMITS: 'off',
    LATCHKEY_HASH_QUEUE_BUDGET: '60s',
    ...settings,
  };
  const log = createLog('debug', { write: (line) => lines.push(line) });
  const config = loadConfig(env, { contracts });
  const { app, url, stop } = await startServer(config, log, { contracts, clock, hashParameters });
  return {
    url,
    app,
    clock,
    path,
    logged: () => lines.join(''),
    async messages(to) {
      app.worker.wake();
      while ((await app.storage.outbox.countPending()) > 0) await turn();
      return app.mailbox?.list().filter((message) => message.to === to) ?? [];
    },
    async stop() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
