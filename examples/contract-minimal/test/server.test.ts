import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../server.ts', import.meta.url));

test('the program serves all five contracts, and ends when it is told to', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'latchkey-minimal-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  const server = spawn(process.execPath, [...process.execArgv, program], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      LATCHKEY_ENVIRONMENT: 'test',
      LATCHKEY_PORT: '0',
      LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:8000',
    },
  });
  const ended = new Promise<number | null>((resolve) => server.once('exit', resolve));
  let url = '';
  for await (const line of createInterface(server.stdout)) {
    const told = JSON.parse(line) as { event?: string; url?: string };
    url = told.url ?? '';
    if (told.event === 'listening') break;
  }
  const login = await fetch(`${url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'nobody', password: 'a guess' }),
  });
  assert.deepEqual([login.status, await login.json()], [401, { error: 'wrong username or password' }]);
  for (const other of ['/api/v1/me', '/v1/users/me', '/api/v1/private/auth/me', '/forward-auth/minimal']) {
    assert.equal((await fetch(`${url}${other}`)).status, 401, other);
  }
  server.stdout.resume();
  server.kill('SIGTERM');
  assert.equal(await ended, 0);
});
