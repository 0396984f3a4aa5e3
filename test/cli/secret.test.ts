/** A database has one secret: a server or command with another one is refused and changes nothing. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { totpAt } from '../../src/crypto/totp.ts';
import { createDatabase } from '../support/postgres/databases.ts';
import { send } from '../support/wire.ts';
import { serveHere } from './local-server.ts';
import { documentOf, failureOf, latchkey, makeDirectory, PASSWORD } from './support.ts';

const OLD = 'Kq7VbTz2mXw9Rj4nLp8sGf3hDc6yQe1u';
const NEW = 'Wn5kHr8vYt2cMb7zJx4qPd9gSf3aLe6U';

interface Installation {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

const engines: Record<string, (t: TestContext) => Promise<Installation>> = {
  sqlite: async (t) => ({ directory: await makeDirectory(t), env: {} }),
  async postgres(t) {
    const database = await createDatabase();
    t.after(() => database[Symbol.asyncDispose]());
    return { directory: await makeDirectory(t), env: { LATCHKEY_DATABASE_URL: database.url } };
  },
};

/** Makes an account with TOTP in a database whose secret is `OLD`. */
async function enrol({ directory, env }: Installation): Promise<string> {
  const options = { env: { ...env, LATCHKEY_SECRET: OLD } };
  const identifiers = ['--username', 'alice', '--email', 'a@example.com'];
  const create = ['user', 'create', ...identifiers, '--verified', '--password-stdin'];
  await documentOf(directory, create, { ...options, input: PASSWORD });
  return (await documentOf(directory, ['totp', 'enroll', 'alice'], options)).secret;
}

async function signInStatus(
  { directory, env }: Installation,
  t: TestContext,
  secret: string,
  settings: object,
) {
  const server = await serveHere(t, directory, { env: { ...env, ...settings } });
  const json = { username: 'alice', password: PASSWORD, otp: totpAt(secret, Date.now()) };
  const { status } = await send(`${server.url}/api/v1/public/auth/login`, { json });
  await server.end();
  return status;
}

/** The status of VibeMobi's answer to an access token. */
async function meStatus(url: string, token: string) {
  const { status } = await send(`${url}/api/v1/users/me`, { bearer: token });
  return status;
}

/** An access token of a new session. */
async function accessToken(url: string): Promise<string> {
  const answer = await send(`${url}/api/v1/login/access-token`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ username: 'a@example.com', password: PASSWORD }).toString(),
  });
  return answer.body.access_token;
}

async function problemsOf({ directory, env }: Installation, settings: object) {
  const { stdout } = await latchkey(directory, ['doctor', '--json'], { env: { ...env, ...settings } });
  const findings = JSON.parse(stdout).findings as {
    check: string;
    status: string;
    what: string;
    fix: string;
  }[];
  return findings.filter(({ status }) => status === 'problem');
}

for (const [name, install] of Object.entries(engines)) {
  test(`${name}: server and commands refuse another secret and the lack of one, change nothing and make no file`, async (t) => {
    const at = await install(t);
    const secret = await enrol(at);
    const before = await readdir(at.directory, { recursive: true });
    for (const [settings, says] of [
      [{ LATCHKEY_SECRET: NEW }, /not the secret of this database/],
      [{}, /latchkey\.secret does not exist, and the database already has a secret/],
    ] as const) {
      const env = { ...at.env, ...settings };
      for (const command of [
        ['serve'],
        ['user', 'list'],
        ['user', 'create', '--email', 'bob@example.com'],
        ['totp', 'enroll', 'alice'],
        ['session', 'list', 'alice'],
      ]) {
        const { exitCode, error } = await failureOf(at.directory, command, { env });
        assert.equal(exitCode, 2, command.join(' '));
        assert.deepEqual(
          error.mistakes.map((mistake: { name: string }) => mistake.name),
          ['LATCHKEY_SECRET'],
        );
        assert.match(error.message, says);
        assert.match(error.message, /Fix: {3}set it to the secret of the server/);
      }
      const problems = await problemsOf(at, settings);
      assert.ok(
        problems.some(({ check, what }) => check === 'secret' && says.test(what)),
        JSON.stringify(problems),
      );
    }
    assert.deepEqual(await readdir(at.directory, { recursive: true }), before);
    assert.equal(await signInStatus(at, t, secret, { LATCHKEY_SECRET: OLD }), 200, 'the device still works');
  });

  test(`${name}: a replaced secret is accepted with the one before it, for one start, and from then on without it`, async (t) => {
    const at = await install(t);
    const secret = await enrol(at);
    const both = { LATCHKEY_SECRET: NEW, LATCHKEY_PREVIOUS_SECRETS: OLD };
    assert.deepEqual(await problemsOf(at, both), []);
    const first = await serveHere(t, at.directory, { env: { ...at.env, ...both } });
    await first.printed(/"event":"totp_resealed"/);
    await first.end();
    assert.equal(await signInStatus(at, t, secret, { LATCHKEY_SECRET: NEW }), 200);
    const late = await failureOf(at.directory, ['user', 'list'], {
      env: { ...at.env, LATCHKEY_SECRET: OLD },
    });
    assert.equal(late.exitCode, 2);
  });

  test(`${name}: where a secret is lost an operator may give it up, and doctor counts the TOTP secrets that went with it`, async (t) => {
    const at = await install(t);
    const secret = await enrol(at);
    const { stdout } = await latchkey(at.directory, ['db', 'new-epoch', '--forget-secret', '--yes'], at);
    assert.match(stdout, /^Passwords still work\. 1 TOTP secret cannot be read: run latchkey totp enroll/m);
    assert.equal(await signInStatus(at, t, secret, { LATCHKEY_SECRET: NEW }), 400);
    const [problem, ...others] = await problemsOf(at, { LATCHKEY_SECRET: NEW });
    assert.deepEqual([problem?.check, others], ['totp', []]);
    assert.match(problem?.what ?? '', /^1 TOTP secret cannot be read/);
    assert.match(problem?.fix ?? '', /LATCHKEY_PREVIOUS_SECRETS.*latchkey totp enroll/);
    const both = { LATCHKEY_SECRET: NEW, LATCHKEY_PREVIOUS_SECRETS: OLD };
    assert.deepEqual(await problemsOf(at, both), []);
  });
}

test('a replaced secret ends the access tokens of the one before it, also while that one is listed (SEC-052)', async (t) => {
  const at = { directory: await makeDirectory(t), env: {} };
  await enrol(at);
  await documentOf(at.directory, ['totp', 'remove', 'alice'], { env: { LATCHKEY_SECRET: OLD } });
  const first = await serveHere(t, at.directory, { env: { LATCHKEY_SECRET: OLD } });
  const old = await accessToken(first.url);
  assert.equal(await meStatus(first.url, old), 200);
  await first.end();
  for (const settings of [{ LATCHKEY_PREVIOUS_SECRETS: OLD }, {}]) {
    const server = await serveHere(t, at.directory, { env: { LATCHKEY_SECRET: NEW, ...settings } });
    const fresh = await accessToken(server.url);
    assert.deepEqual([await meStatus(server.url, old), await meStatus(server.url, fresh)], [401, 200]);
    await server.end();
  }
});

test('where the file beside the database has the right secret and LATCHKEY_SECRET another one, the fix names the file', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['user', 'create', '--email', 'a@example.com']);
  const path = join('data', 'latchkey.secret');
  const production = {
    LATCHKEY_SECRET: NEW,
    LATCHKEY_ENVIRONMENT: 'production',
    LATCHKEY_PUBLIC_URL: 'https://auth.example.com',
    LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9',
  };
  for (const [env, fix] of [
    [{ LATCHKEY_SECRET: NEW }, `unset it, or set it to the text in ${path}`],
    [production, `set it to the text in ${path}`],
  ] as const) {
    const { exitCode, error } = await failureOf(directory, ['user', 'list'], { env });
    assert.deepEqual([exitCode, error.mistakes[0].fix], [2, fix]);
    const problems = await problemsOf({ directory, env }, {});
    assert.ok(
      problems.some((found) => found.check === 'secret' && found.fix === fix),
      JSON.stringify(problems),
    );
  }
  const text = (await readFile(join(directory, path), 'utf8')).trim();
  await documentOf(directory, ['user', 'list'], { env: { LATCHKEY_SECRET: text } });
});

test('doctor reports a refused secret in one line that nothing contradicts', async (t) => {
  const at = { directory: await makeDirectory(t), env: {} };
  await enrol(at);
  for (const settings of [{}, { LATCHKEY_SECRET: NEW }]) {
    const { stdout } = await latchkey(at.directory, ['doctor', '--json'], { env: settings });
    const findings: { check: string; status: string }[] = JSON.parse(stdout).findings;
    assert.deepEqual(
      findings.filter(({ check }) => check === 'secret').map(({ status }) => status),
      ['problem'],
    );
  }
});

test('a new epoch alone does not give the secret up', async (t) => {
  const at = { directory: await makeDirectory(t), env: {} };
  await enrol(at);
  const { stdout } = await latchkey(at.directory, ['db', 'new-epoch', '--yes']);
  assert.match(stdout, /^Passwords, TOTP secrets and disabled accounts are unchanged\.$/m);
  const { exitCode } = await failureOf(at.directory, ['user', 'list'], { env: { LATCHKEY_SECRET: NEW } });
  assert.equal(exitCode, 2);
});

test('a backup that is restored and a copy ask for the secret that the database was used with', async (t) => {
  const at = { directory: await makeDirectory(t), env: { LATCHKEY_SECRET: OLD } };
  const secret = await enrol(at);
  await documentOf(at.directory, ['db', 'backup', 'kept.db'], at);
  await using target = await createDatabase();
  const LATCHKEY_DATABASE_URL = target.url;
  // A server that was started there by mistake, and left nothing.
  await documentOf(at.directory, ['user', 'list'], { env: { LATCHKEY_SECRET: NEW, LATCHKEY_DATABASE_URL } });
  await documentOf(at.directory, ['db', 'copy', '--from', 'sqlite:data/latchkey.db'], {
    env: { LATCHKEY_DATABASE_URL },
  });
  const elsewhere = { directory: await makeDirectory(t), env: { LATCHKEY_SECRET: NEW } };
  await documentOf(elsewhere.directory, ['db', 'restore', join(at.directory, 'kept.db')], elsewhere);
  for (const [{ directory }, env] of [
    [elsewhere, {}],
    [at, { LATCHKEY_DATABASE_URL }],
  ] as const) {
    const wrong = await failureOf(directory, ['user', 'list'], { env: { ...env, LATCHKEY_SECRET: NEW } });
    assert.equal(wrong.exitCode, 2);
    const right = { LATCHKEY_SECRET: OLD };
    assert.equal((await documentOf(directory, ['user', 'list'], { env: { ...env, ...right } })).total, 1);
  }
  const copied = { directory: at.directory, env: { LATCHKEY_DATABASE_URL } };
  assert.equal(await signInStatus(copied, t, secret, { LATCHKEY_SECRET: OLD }), 200);
});
