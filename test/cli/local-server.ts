import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { loadConfig } from '../../src/config/index.ts';
import { contracts } from '../../src/contracts/index.ts';
import { createLog } from '../../src/log.ts';
import { startServer } from '../../src/main.ts';
import { ofTests, Printed, type RunOptions, type Server } from './support.ts';

/** A server in this process, to which commands are another one. */
export interface LocalServer extends Server {
  end(): Promise<void>;
}

/**
 * The same server in this process, which saves the second that a process takes to start and end, for tests that ask it
 * and look at no process.
 */
export async function serveHere(
  t: TestContext,
  directory: string,
  { env = {} }: Pick<RunOptions, 'env'> = {},
): Promise<LocalServer> {
  // Where `serve` in that directory would look: this process is elsewhere.
  const LATCHKEY_DATABASE_URL = `sqlite:${join(directory, 'data/latchkey.db')}`;
  const config = loadConfig({ LATCHKEY_DATABASE_URL, ...ofTests, ...env }, { contracts });
  const output = new Printed();
  const sink = new Writable({
    write(chunk, _encoding, done) {
      output.add(chunk);
      done();
    },
  });
  const running = await startServer(config, createLog(config.logLevel, sink));
  t.after(() => running.stop());
  return {
    url: running.url,
    stdout: () => output.text,
    printed: (pattern) => output.find(pattern),
    end: () => running.stop(),
  };
}
