import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { send } from '../support/wire.ts';
import { serveHere } from './local-server.ts';
import {
  BINARY,
  bareEnvironment,
  failureOf,
  finish,
  freePort,
  latchkey,
  makeDirectory,
  serve,
} from './support.ts';

const SECRET = 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz';

const production = {
  LATCHKEY_ENVIRONMENT: 'production',
  LATCHKEY_SECRET: SECRET,
  LATCHKEY_PUBLIC_URL: 'https://auth.example.com',
};

/** For what happens inside: the process does it to itself when it gets the signal. */
function onSignal(what: string): string {
  return `data:text/javascript,process.on('SIGUSR2',()=>{${what}})`;
}

test('the text to try, pasted into bash, signs up, reads the code, confirms, signs in and asks who one is', async (t) => {
  const directory = await makeDirectory(t);
  const env = { LATCHKEY_ENVIRONMENT: 'development', LATCHKEY_PORT: await freePort() };
  const { url, printed, stdout: logged } = await serve(t, directory, { env });
  const [text] = await printed(/^# Latchkey listens .*Bearer[^\n]*\n/ms);
  for (const line of logged().trim().split('\n')) JSON.parse(line);
  assert.ok(text.split('\n').length <= 20, 'short enough to be read');
  assert.ok(text.includes(url));

  const { stdout, stderr } = await finish(spawn('bash', ['-c', text], { cwd: directory }));
  assert.equal(stderr, '');
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const [signedUp, confirmed, person] = answers;
  assert.equal(answers.length, 3, stdout);
  assert.deepEqual(signedUp, { message: 'otp sent via email.' });
  assert.deepEqual(confirmed, { message: 'Sign up success' });
  assert.equal(person.email, 'you@example.com');
});

test('the text to try names no mailbox where other machines reach the server: the log has the code', async (t) => {
  const directory = await makeDirectory(t);
  const env = {
    LATCHKEY_ENVIRONMENT: 'development',
    LATCHKEY_HOST: '0.0.0.0',
    LATCHKEY_PORT: await freePort(),
  };
  const { url, printed } = await serve(t, directory, { env });
  const [text] = await printed(/^# Latchkey listens .*Bearer[^\n]*\n/ms);
  assert.equal((await send(`${url}/dev/mailbox`)).status, 404);
  assert.doesNotMatch(text, /mailbox/);
  assert.match(text, /in the log/);
  const placeholder = "CODE='000000'";
  const [signUp = '', rest = ''] = text.split(placeholder);
  const bash = (script: string) => finish(spawn('bash', ['-c', script], { cwd: directory }));
  assert.equal((await bash(signUp)).stderr, '');
  const [, code = ''] = await printed(/"message_in_mailbox".*?\b(\d{6})\b/);
  const [settings = ''] = /^URL=.*$/m.exec(text) ?? [];
  const { stdout } = await bash(`${settings}\nCODE='${code}'\n${rest}`);
  assert.match(stdout, /"email":"you@example\.com"/);
});

test('the text to try is not printed in production, in tests or to programs', async (t) => {
  const port = await freePort();
  for (const options of [
    { env: { ...production, LATCHKEY_PORT: port } },
    { env: { LATCHKEY_ENVIRONMENT: 'test' } },
    { env: { LATCHKEY_ENVIRONMENT: 'development', LATCHKEY_PORT: port }, args: ['--json'] },
  ]) {
    const server = await serve(t, await makeDirectory(t), options);
    assert.equal(await server.end(), 0);
    const lines = server.stdout().trim().split('\n');
    for (const line of lines) assert.equal(typeof JSON.parse(line).msg, 'string', line);
    assert.equal(server.stderr(), '');
  }
});

test('warnings about the settings are logged at start', async (t) => {
  const directory = await makeDirectory(t);
  const env = { ...production, LATCHKEY_PORT: await freePort() };
  const { stdout } = await serve(t, directory, { env });
  assert.match(stdout(), /"level":"warn".*LATCHKEY_SMTP_URL is not set/);
  assert.match(stdout(), /"level":"warn".*LATCHKEY_TRUST_PROXY is none/);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} ends the server in good order, exit code 0`, async (t) => {
    const server = await serve(t, await makeDirectory(t));
    assert.equal((await send(`${server.url}/health`)).status, 200);
    assert.equal(await server.end(signal), 0);
    assert.match(server.stdout(), /"event":"stopped"/);
  });
}

test('the server ends when nothing reads its log any more, exit code 0', async (t) => {
  for (const level of ['info', 'debug', 'info', 'debug', 'info']) {
    const env = { LATCHKEY_LOG_LEVEL: level };
    const { child } = await serve(t, await makeDirectory(t), { env, args: ['--json'] });
    const ended = once(child, 'exit');
    child.stdout?.destroy();
    child.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
  }
});

test('the server ends when the reader of its log has stopped reading, and loses what it did not take', async (t) => {
  const flood = "for (let i = 0; i < 20000; i += 1) Promise.reject(new Error('x'.repeat(200)))";
  const node = ['--import', onSignal(`${flood};setImmediate(()=>process.kill(process.pid,'SIGTERM'))`)];
  const { child } = await serve(t, await makeDirectory(t), { node });
  const ended = once(child, 'exit');
  child.stdout?.pause();
  child.kill('SIGUSR2');
  assert.deepEqual(await ended, [null, 'SIGKILL']);
});

test('a signal repeated at once is one wish, and a request under way gets its answer', async (t) => {
  const { url, child, printed } = await serve(t, await makeDirectory(t));
  const request = await halfARequest(t, url);
  child.kill('SIGINT');
  child.kill('SIGTERM');
  await printed(/"event":"stopping"/);
  request.write('}');
  const [answer] = await once(request, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 400 /);
});

test('a signal repeated later ends a server that still waits, exit code 1', async (t) => {
  const { url, child, end } = await serve(t, await makeDirectory(t));
  await halfARequest(t, url);
  const impatience = setInterval(() => child.kill('SIGTERM'), 100);
  t.after(() => clearInterval(impatience));
  assert.equal(await end('SIGTERM'), 1);
});

/** The server has seen its head and waits for the last byte of its body. */
async function halfARequest(t: TestContext, url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  const head = ['POST /api/v1/auth/login/basic HTTP/1.1', 'host: x', 'content-type: application/json'];
  socket.write([...head, 'content-length: 2', '', '{'].join('\r\n'));
  await send(`${url}/health`);
  return socket;
}

test('a promise that nobody listened to is logged, and the server goes on', async (t) => {
  const node = ['--import', onSignal("Promise.reject(new Error('forgotten'))")];
  const { url, child, printed, end } = await serve(t, await makeDirectory(t), { node });
  child.kill('SIGUSR2');
  await printed(/"level":"error".*"event":"unhandled_rejection".*forgotten/);
  assert.equal((await send(`${url}/health`)).status, 200);
  assert.equal(await end(), 0);
});

test('an error that nobody caught is logged, and the server stops in good order, exit code 1', async (t) => {
  const node = ['--import', onSignal("throw new Error('unforeseen')")];
  const { end, stdout } = await serve(t, await makeDirectory(t), { node });
  assert.equal(await end('SIGUSR2'), 1);
  assert.match(stdout(), /"level":"fatal".*"event":"uncaught_exception".*unforeseen/);
  assert.match(stdout(), /"event":"stopped"/);
});

test('a port in use is one line that says how to mend it, exit code 5', async (t) => {
  const { url } = await serve(t, await makeDirectory(t));
  const { port } = new URL(url);
  for (const [name, env] of [
    ['LATCHKEY_PORT', {}],
    // Its other port is free.
    ['LATCHKEY_METRICS_PORT', { LATCHKEY_PORT: await freePort(), LATCHKEY_LOG_LEVEL: 'silent' }],
  ] as const) {
    const { code, stderr } = await latchkey(await makeDirectory(t), ['serve'], {
      env: { ...env, [name]: port },
    });
    assert.equal(code, 5);
    assert.match(
      stderr,
      new RegExp(`^error: port ${port} of 127\\.0\\.0\\.1 is in use: [^\\n]* with ${name}=[^\\n]*\\n$`),
    );
  }
});

test('an address of another machine, and a name of none, are one line each, exit code 2', async (t) => {
  const directory = await makeDirectory(t);
  for (const [host, code] of [
    ['192.0.2.1', 'EADDRNOTAVAIL'],
    ['nowhere.invalid', 'ENOTFOUND'],
  ] as const) {
    const env = { LATCHKEY_HOST: host, LATCHKEY_LOG_LEVEL: 'silent' };
    const { exitCode, error } = await failureOf(directory, ['serve'], { env });
    assert.equal(exitCode, 2);
    assert.equal(error.code, code);
    assert.match(error.message, /LATCHKEY_HOST/);
    const ofMetrics = await failureOf(directory, ['serve'], {
      env: {
        LATCHKEY_PORT: await freePort(),
        LATCHKEY_METRICS_PORT: await freePort(),
        LATCHKEY_METRICS_HOST: host,
        LATCHKEY_LOG_LEVEL: 'silent',
      },
    });
    assert.deepEqual([ofMetrics.exitCode, ofMetrics.error.code], [2, code]);
    assert.match(ofMetrics.error.message, /LATCHKEY_METRICS_HOST/);
  }
});

test('migrations that a start runs are logged by name, and only then', async (t) => {
  const directory = await makeDirectory(t);
  const first = await serveHere(t, directory);
  await first.printed(/"event":"database_migrated","migrations":\["0001-first-accounts",/);
  await first.end();
  const second = await serveHere(t, directory);
  await second.end();
  assert.doesNotMatch(second.stdout(), /database_migrated/);
});

for (const LATCHKEY_WORKERS of ['1', '2']) {
  test(`metrics are for this machine, wherever the server listens, unless they have a host: ${LATCHKEY_WORKERS} process(es)`, async (t) => {
    for (const [env, there, elsewhere] of [
      [{}, '127.0.0.1', '127.0.0.2'],
      [{ LATCHKEY_METRICS_HOST: '127.0.0.3' }, '127.0.0.3', '127.0.0.1'],
    ] as const) {
      const LATCHKEY_METRICS_PORT = await freePort();
      const { end } = await serve(t, await makeDirectory(t), {
        env: {
          LATCHKEY_WORKERS,
          LATCHKEY_METRICS_PORT,
          LATCHKEY_HOST: '127.0.0.2',
          // Several processes have no mailbox.
          LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9',
          ...env,
        },
      });
      const { status } = await send(`http://${there}:${LATCHKEY_METRICS_PORT}/metrics`);
      assert.equal(status, 200);
      await assert.rejects(send(`http://${elsewhere}:${LATCHKEY_METRICS_PORT}/metrics`));
      await end();
    }
  });
}

test('settings that cannot be used are all reported, and nothing is started or made, exit code 2', async (t) => {
  const directory = await makeDirectory(t);
  const env = {
    LATCHKEY_PORT: 'eighty',
    LATCHKEY_CONTRACTS: 'fabrik',
    LATCHKEY_SMPT_URL: `smtp://u:${SECRET}@x`,
  };
  for (const command of [['serve'], ['migrate'], ['user', 'list'], ['config']]) {
    const { code, stdout, stderr } = await latchkey(directory, command, { env });
    assert.equal(code, 2);
    assert.equal(stdout, '');
    for (const name of Object.keys(env)) assert.ok(stderr.includes(name), name);
    assert.match(stderr, /^3 settings are wrong/);
    assert.doesNotMatch(stderr, /\bat .*:\d+:\d+/, 'no stack');
    assert.ok(!stderr.includes(SECRET));
  }
  const { exitCode, error } = await failureOf(directory, ['serve'], { env });
  assert.equal(exitCode, 2);
  assert.equal(error.code, 'configuration');
  assert.deepEqual(
    error.mistakes.map(({ name }: { name: string }) => name).toSorted(),
    Object.keys(env).toSorted(),
  );
  assert.deepEqual(await readdir(directory), []);
});

test('in development / leads to the mailbox, in production and in tests it is like any other path', async (t) => {
  const port = await freePort();
  for (const [env, status] of [
    [{ LATCHKEY_ENVIRONMENT: 'development', LATCHKEY_PORT: port }, 200],
    [{ ...production, LATCHKEY_PORT: port }, 404],
    [{ LATCHKEY_ENVIRONMENT: 'test' }, 404],
  ] as const) {
    const server = await serveHere(t, await makeDirectory(t), { env });
    const answer = await send(`${server.url}/`);
    assert.equal(answer.status, status);
    assert.equal(answer.text.includes('href="/dev/mailbox"'), status === 200);
    await server.end();
  }
});

test('under npm start the server ends with the shell that npm started it in', async (t) => {
  const directory = await makeDirectory(t);
  const line = `"${process.execPath}" "${BINARY}" serve; true`;
  const shell = spawn('sh', ['-c', line], {
    cwd: directory,
    env: {
      ...bareEnvironment(directory),
      npm_lifecycle_event: 'start',
      LATCHKEY_ENVIRONMENT: 'test',
      LATCHKEY_PORT: '0',
    },
  });
  let output = '';
  for await (const chunk of shell.stdout) {
    output += chunk;
    // The stream goes on for as long as the server, which shares it, is alive.
    if (/listening on/.test(output)) shell.kill('SIGKILL');
  }
  assert.match(output, /"event":"stopped"/);
});
