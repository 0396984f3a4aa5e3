import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { administer, createDatabase } from '../support/postgres/databases.ts';
import { documentOf, failureOf, latchkey, makeDirectory, serve } from './support.ts';

const LATCHKEY_SECRET = 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz';

async function databaseFor(t: TestContext, options: { isEmpty?: boolean } = {}) {
  const database = await createDatabase(options);
  t.after(() => database[Symbol.asyncDispose]());
  return { LATCHKEY_SECRET, LATCHKEY_DATABASE_URL: database.url };
}

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly what: string;
  readonly fix: string | null;
}

async function examine(directory: string, env: Record<string, string>, node: readonly string[] = []) {
  const { stdout, code } = await latchkey(directory, ['doctor', '--json'], { env, node });
  const findings = JSON.parse(stdout).findings as Finding[];
  const about = (...checks: string[]) => findings.filter(({ check }) => checks.includes(check));
  return { code, about };
}

test('commands work on PostgreSQL as they do on a file, and leave no file behind', async (t) => {
  const directory = await makeDirectory(t);
  const env = await databaseFor(t, { isEmpty: true });
  const check = await latchkey(directory, ['migrate', '--check', '--json'], { env });
  assert.equal(check.code, 4);
  const { migrated } = await documentOf(directory, ['migrate'], { env });
  assert.deepEqual(JSON.parse(check.stdout).pending, migrated);
  await documentOf(directory, ['user', 'create', '--email', 'a@example.com', '--verified'], { env });
  const { stdout } = await latchkey(directory, ['user', 'list'], { env });
  assert.match(stdout, /a@example\.com/);
  assert.deepEqual(await readdir(directory), []);
});

test('doctor says which server it is, and that it is well', async (t) => {
  const directory = await makeDirectory(t);
  const { code, about } = await examine(directory, await databaseFor(t));
  assert.equal(code, 0);
  assert.match(
    about('database')
      .map(({ what }) => what)
      .join('\n'),
    /PostgreSQL 1[5-9].*takes writes and is up to date/s,
  );
  assert.match(about('connections')[0]?.what ?? '', /1 × \(10 \+ 1\) = 11 of \d+ connections/);
  assert.ok(about('database', 'connections').every(({ status }) => status === 'ok'));
});

/** Before the program starts: a machine whose clock is wrong. */
const aheadBy = (ms: number) => {
  const script = `const { now } = Date; Date.now = () => now() + ${ms};`;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
};

for (const [ms, status, says] of [
  [0, 'ok', /agree/],
  [9_000, 'warning', /9 s ahead/],
  [-9_000, 'warning', /9 s behind/],
  [40_000, 'problem', /40 s ahead/],
  [-40_000, 'problem', /40 s behind/],
] as const) {
  test(`doctor compares its clock with that of PostgreSQL: ${ms / 1_000} s are ${status}`, async (t) => {
    const env = await databaseFor(t);
    const { about } = await examine(await makeDirectory(t), env, aheadBy(ms));
    const [clock] = about('clock');
    assert.equal(clock?.status, status);
    assert.match(clock?.what ?? '', says);
  });
}

test('a database that is not UTF8 ends the start with exit code 5, and doctor says the same', async (t) => {
  const { LATCHKEY_DATABASE_URL } = await databaseFor(t, { isEmpty: true });
  const name = `${new URL(LATCHKEY_DATABASE_URL).pathname.slice(1)}_latin1`;
  await administer(
    LATCHKEY_DATABASE_URL,
    `create database ${name} encoding 'LATIN1' locale 'C' template template0`,
  );
  const admin = LATCHKEY_DATABASE_URL.replace(/[^/]*$/, 'postgres');
  t.after(() => administer(admin, `drop database ${name} with (force)`));
  const env = { LATCHKEY_SECRET, LATCHKEY_DATABASE_URL: LATCHKEY_DATABASE_URL.replace(/[^/]*$/, name) };
  const directory = await makeDirectory(t);
  for (const command of [['serve'], ['user', 'list'], ['migrate']]) {
    const { exitCode, error } = await failureOf(directory, command, { env });
    assert.equal(exitCode, 5);
    assert.match(
      error.message,
      /encoding LATIN1, and Latchkey needs UTF8: make another one with: create database/,
    );
  }
  const { code, about } = await examine(directory, env);
  assert.equal(code, 1);
  assert.match(about('database')[0]?.what ?? '', /encoding LATIN1/);
  assert.match(about('database')[0]?.fix ?? '', /^make another one with/);
});

test('doctor warns when processes × pool nears what the server takes', async (t) => {
  const directory = await makeDirectory(t);
  const env = { ...(await databaseFor(t)), LATCHKEY_DATABASE_POOL: '90' };
  const [finding] = (await examine(directory, env)).about('connections');
  assert.equal(finding?.status, 'warning');
  assert.match(finding?.what ?? '', /1 × \(90 \+ 1\) = 91/);
});

test('doctor calls pending migrations by name, and a server that is away a problem', async (t) => {
  const directory = await makeDirectory(t);
  const pending = await examine(directory, {
    ...(await databaseFor(t, { isEmpty: true })),
    LATCHKEY_MIGRATE: 'off',
  });
  assert.match(pending.about('database').at(-1)?.what ?? '', /pending: 0001-first-accounts/);
  const gone = await examine(directory, {
    LATCHKEY_SECRET,
    LATCHKEY_DATABASE_URL: 'postgres://me:hidden-password@127.0.0.1:9/latchkey',
  });
  assert.equal(gone.code, 1);
  assert.match(gone.about('database')[0]?.what ?? '', /no connection to PostgreSQL at 127\.0\.0\.1:9/);
});

test('a server that is away at start ends the start with one readable line, and shows no password', async (t) => {
  const directory = await makeDirectory(t);
  const env = {
    LATCHKEY_SECRET,
    LATCHKEY_DATABASE_URL: 'postgres://me:hidden-password@127.0.0.1:9/latchkey',
  };
  const { code, stdout, stderr } = await latchkey(directory, ['serve'], { env });
  assert.equal(code, 5);
  assert.match(
    stderr,
    /the database is unavailable: no connection to PostgreSQL at 127\.0\.0\.1:9: connect ECONNREFUSED/,
  );
  assert.doesNotMatch(stderr, / at .*\.ts/, 'no stack');
  assert.ok(!`${stdout}${stderr}`.includes('hidden'));
});

test('config shows where the database is and not how to get in', async (t) => {
  const directory = await makeDirectory(t);
  const env = {
    LATCHKEY_DATABASE_URL: 'postgres://me:hidden-password@db.example.com/latchkey?sslmode=require',
  };
  const { stdout } = await latchkey(directory, ['config'], { env });
  assert.match(stdout, /postgres:\/\/••••@db\.example\.com/);
  assert.ok(!stdout.includes('hidden'));
});

test('TLS options that cannot be meant stop the start', async (t) => {
  const directory = await makeDirectory(t);
  for (const [options, why] of [
    ['sslmode=verify', /option sslmode has a value that is not supported/],
    ['sslmode=verify-full&sslrootcert=/no/such.pem', /sslrootcert cannot be read \(ENOENT\)/],
  ] as const) {
    const env = { LATCHKEY_DATABASE_URL: `postgres://me:hidden@db.example.com/latchkey?${options}` };
    const { error } = await failureOf(directory, ['serve'], { env });
    const message = JSON.stringify(error);
    assert.match(message, why);
    assert.ok(!message.includes('hidden'));
  }
});

test('a server that listens answers from PostgreSQL', async (t) => {
  const directory = await makeDirectory(t);
  const env = { ...(await databaseFor(t)), LATCHKEY_ENVIRONMENT: 'test', LATCHKEY_PORT: '0' };
  const { url } = await serve(t, directory, { env });
  const answer = await fetch(`${url}/health/`);
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
});

test('people are looked after on PostgreSQL as on a file: found, changed, verified, unlocked, and in the trail', async (t) => {
  const directory = await makeDirectory(t);
  const env = await databaseFor(t);
  const run = (...args: string[]) => documentOf(directory, args, { env });
  const ann = await run('user', 'create', '--email', 'ann@example.com');
  const updated = await run('user', 'update', 'ann@example.com', '--username', 'Ann', '--superuser');
  assert.equal(updated.isSuperuser, true);
  assert.equal((await run('user', 'verify', 'ann')).isVerified, true);
  const unlocked = await run('user', 'unlock', 'ann');
  assert.deepEqual(await run('user', 'find', 'AN'), { accounts: [unlocked], more: false });
  const { events } = await run('audit', 'list', '--account', ann.id, '--since', '1h');
  assert.deepEqual(
    events.map(({ type }: { type: string }) => type),
    ['account_unlocked', 'identifier_verified', 'account_updated', 'account_created'],
  );
  assert.deepEqual(await run('message', 'list'), { messages: [] });
});
