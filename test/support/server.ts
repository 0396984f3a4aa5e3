import { rm } from 'node:fs/promises';
import { Writable } from 'node:stream';
import type { App, Overrides } from '../../src/app.ts';
import { loadConfig } from '../../src/config/index.ts';
import { type Contract, contracts as ours } from '../../src/contracts/index.ts';
import type { ReceivedMessage } from '../../src/delivery/index.ts';
import { createLog } from '../../src/log.ts';
import { startServer } from '../../src/main.ts';
import { cheapHashes } from './cheap-hashes.ts';
import { ManualClock, turn } from './clock.ts';
import { databaseFor } from './database.ts';
import { assertErrorsDeclared } from './declared-errors.ts';
import { untilDelivered } from './outbox.ts';
import { makeFastDirectory } from './temporary.ts';

export interface TestServerOptions {
  /** Settings, by their names. Limits by time are off unless a test turns them on. */
  readonly env?: Readonly<Record<string, string>>;
  /** A directory to keep across restarts; the caller deletes it. */
  readonly directory?: string;
  readonly clock?: ManualClock;
  readonly overrides?: Overrides;
  /** Ours unless it says more. */
  readonly contracts?: readonly Contract[];
}

export interface TestServer {
  readonly app: App;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly clock: ManualClock;
  /** Everything logged so far. */
  logged(): string;
  /** Waits until every message that is due has been delivered, or has failed. */
  delivered(): Promise<void>;
  /** Waits for what is due and returns the development mailbox, newest first. */
  messages(to?: string): Promise<readonly ReceivedMessage[]>;
  stop(): Promise<void>;
}

/** A whole server on a real socket and a real database of its own, with a clock that stands still. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { env = {}, clock = new ManualClock(), overrides, contracts = ours } = options;
  const directory = options.directory ?? (await makeFastDirectory());
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const database = await databaseFor(directory, { isKept: options.directory !== undefined });
  const config = loadConfig(
    {
      LATCHKEY_ENVIRONMENT: 'test',
      LATCHKEY_PORT: '0',
      LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:8000',
      ...database.env,
      LATCHKEY_RATE_LIMITS: 'off',
      ...env,
    },
    { contracts },
  );
  const running = await startServer(config, createLog('debug', sink), {
    clock,
    contracts,
    pause: turn,
    hashParameters: cheapHashes,
    ...overrides,
    // Tests measure nothing of the requests that leave a message.
    delivery: { wakeDelay: { minMs: 0, maxMs: 0 }, ...overrides?.delivery },
  });
  const { app, url } = running;
  return {
    app,
    url,
    clock,
    logged: () => lines.join(''),
    delivered: () => untilDelivered(app),
    async messages(to) {
      await untilDelivered(app);
      const all = app.mailbox?.list() ?? [];
      return to === undefined ? all : all.filter((message) => message.to === to);
    },
    async stop() {
      await running.stop();
      await database.close();
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
      assertErrorsDeclared(lines);
    },
  };
}
