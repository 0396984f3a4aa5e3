import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { toolEnvironment } from './tools.ts';

export interface PgBouncer {
  /** The same database, through the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
}

/** It refuses to run as root; every machine has this user. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/**
 * Runs PgBouncer with its defaults until the test ends, in front of a server on this machine that asks for no password.
 * @param serverPort of that PostgreSQL
 * @param settings such as `pool_mode = transaction`
 */
export async function startPgBouncer(
  t: TestContext,
  serverPort: number,
  ...settings: readonly string[]
): Promise<PgBouncer> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-pgbouncer-'));
  const port = await freePort();
  await writeFile(join(directory, 'users.txt'), '"latchkey" ""\n');
  const configuration = [
    '[databases]',
    `* = host=127.0.0.1 port=${serverPort}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${directory}/users.txt`,
    ...settings,
  ];
  await writeFile(join(directory, 'pgbouncer.ini'), configuration.join('\n'));
  // Whatever the umask is: another user reads them.
  await chmod(directory, 0o755);
  for (const file of ['users.txt', 'pgbouncer.ini']) await chmod(join(directory, file), 0o644);
  const child = spawn('pgbouncer', [join(directory, 'pgbouncer.ini')], {
    env: toolEnvironment,
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(process.getuid?.() === 0 && NOBODY),
  });
  const closed = once(child, 'close');
  const stop = async () => {
    // At once: a polite end waits for its clients.
    child.kill('SIGTERM');
    await closed;
  };
  t.after(async () => {
    await stop();
    await rm(directory, { recursive: true, force: true });
  });
  let said = '';
  for await (const chunk of child.stderr) {
    said += chunk;
    if (said.includes('process up')) {
      child.stderr.resume();
      const through = (url: string) => url.replace(`:${serverPort}/`, `:${port}/`);
      return { through, stop };
    }
  }
  assert.fail(said);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}
