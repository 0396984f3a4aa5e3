import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { databaseFor } from '../support/database.ts';
import { send } from '../support/wire.ts';
import {
  documentOf,
  freePort,
  latchkey,
  makeDirectory,
  me,
  PASSWORD,
  type Serving,
  serve,
  signIn,
} from './support.ts';

/** No message is sent here; with several processes there is no mailbox. */
const several = {
  LATCHKEY_WORKERS: '2',
  LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9',
  LATCHKEY_RATE_LIMITS: 'off',
};
const EMAIL = 'ada@example.com';

async function startSeveral(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const directory = await makeDirectory(t);
  const database = await databaseFor(directory);
  t.after(() => database.close());
  const settings = { ...several, ...database.env, ...env };
  const server = await serve(t, directory, { env: settings });
  const command = (...args: readonly string[]) =>
    documentOf(directory, args, { env: { ...database.env, LATCHKEY_ENVIRONMENT: 'test' }, input: PASSWORD });
  await command('user', 'create', '--email', EMAIL, '--password-stdin', '--verified');
  return { ...server, command };
}

/** The processes of a server but its first, by what they print at `debug`. */
function workersOf({ stdout }: Serving): { worker: number; pid: number }[] {
  return stdout()
    .split('\n')
    .filter((line) => line.includes('"event":"worker_serves"'))
    .map((line) => JSON.parse(line));
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** A connection of its own, and so a worker of its own: they take turns. */
async function ask(url: string, bearer: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `GET /api/v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${bearer}\r\nconnection: close\r\n\r\n`,
  );
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer.slice(0, 'HTTP/1.1 200'.length);
}

test('several processes serve one port, know one secret, and see at once what the other has ended', async (t) => {
  const server = await startSeveral(t);
  assert.deepEqual(
    workersOf(server)
      .map(({ worker }) => worker)
      .toSorted(),
    [0, 1],
  );
  for (const probe of ['/livez', '/readyz']) assert.equal((await send(`${server.url}${probe}`)).status, 200);
  const { body } = await signIn(server.url, EMAIL);
  const { access } = body;
  assert.deepEqual(
    await Promise.all([1, 2, 3, 4].map(() => ask(server.url, access))),
    Array(4).fill('HTTP/1.1 200'),
  );
  await server.command('session', 'revoke', EMAIL);
  assert.deepEqual(
    await Promise.all([1, 2, 3, 4].map(() => ask(server.url, access))),
    Array(4).fill('HTTP/1.1 401'),
  );
});

test('of 200 wrong passwords at once the processes evaluate five, and count in one place what metrics show', async (t) => {
  const LATCHKEY_METRICS_PORT = await freePort();
  const { url } = await startSeveral(t, { LATCHKEY_METRICS_PORT });
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => signIn(url, EMAIL, 'a wrong passphrase')),
  );
  const counted = (status: number) => answers.filter((answer) => answer.status === status).length;
  assert.deepEqual([counted(401), counted(429)], [5, 195]);
  const { text } = await send(`http://127.0.0.1:${LATCHKEY_METRICS_PORT}/metrics`);
  assert.match(text, /^latchkey_password_evaluations 5$/m);
  assert.match(text, /^latchkey_http_request_seconds_count\{.*status="429".*\} 195$/m);
});

test('fifty refreshes of one token over both processes get the same answer', async (t) => {
  const { url } = await startSeveral(t);
  const { body } = await signIn(url, EMAIL);
  const { refresh } = body;
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => send(`${url}/api/v1/auth/token/refresh`, { json: { refresh } })),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  assert.equal((await me(url, answers[0]?.body.access)).status, 200);
});

test('a limit by time is one limit', async (t) => {
  const limits = {
    LATCHKEY_RATE_LIMITS: 'on',
    LATCHKEY_SIGN_IN_LIMIT: '6/1h',
    LATCHKEY_LOCKOUT_FAILURES: '50',
  };
  const { url } = await startSeveral(t, limits);
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => signIn(url, EMAIL, 'a wrong passphrase')),
  );
  const counted = (status: number) => answers.filter((answer) => answer.status === status).length;
  assert.deepEqual([counted(401), counted(429)], [6, 24]);
});

test('the server ends, and all of its processes, when nothing reads its log any more', async (t) => {
  const server = await startSeveral(t);
  const ended = once(server.child, 'exit');
  server.child.stdout?.destroy();
  server.child.kill('SIGINT');
  assert.deepEqual(await ended, [0, null]);
  for (const { pid } of workersOf(server)) assert.equal(isRunning(pid), false);
});

test('a process that is killed is replaced, and the others go on', async (t) => {
  const server = await startSeveral(t);
  const [{ pid } = { pid: 0 }] = workersOf(server);
  process.kill(pid, 'SIGKILL');
  await server.printed(/"event":"worker_lost".*SIGKILL/);
  assert.equal((await send(`${server.url}/health`)).status, 200);
  await server.printed(/"event":"worker_replaced"/);
  assert.equal(workersOf(server).length, 3);
  assert.equal(await server.end(), 0);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends all processes in good order, exit code 0`, async (t) => {
    const server = await startSeveral(t);
    assert.equal(await server.end(signal), 0);
    const workers = workersOf(server);
    assert.equal(workers.length, 2);
    assert.ok(!workers.some(({ pid }) => isRunning(pid)));
    assert.equal(server.stdout().match(/"event":"stopped"/g)?.length, 2);
    assert.doesNotMatch(server.stdout(), /worker_lost/);
  });
}

test('no process outlives the first one, however that ended', async (t) => {
  const server = await startSeveral(t);
  // Returns when standard output is closed, which the workers hold, too.
  await server.end('SIGKILL');
  const { port, hostname } = new URL(server.url);
  const [error] = await once(connect(Number(port), hostname), 'error');
  assert.equal(error.code, 'ECONNREFUSED');
});

test('what keeps all of them from serving is said once, and ends them with its exit code', async (t) => {
  const { url } = await startSeveral(t);
  const { port } = new URL(url);
  const { code, stderr } = await latchkey(await makeDirectory(t), ['serve'], {
    env: { ...several, LATCHKEY_WORKERS: '3', LATCHKEY_PORT: port, LATCHKEY_LOG_LEVEL: 'silent' },
  });
  assert.equal(code, 5);
  assert.match(stderr, new RegExp(`^error: port ${port} of 127\\.0\\.0\\.1 is in use: [^\\n]*\\n$`));
});
