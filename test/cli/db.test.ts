import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { totpAt } from '../../src/crypto/totp.ts';
import { administer, createDatabase } from '../support/postgres/databases.ts';
import { send } from '../support/wire.ts';
import { type LocalServer, serveHere } from './local-server.ts';
import { documentOf, failureOf, latchkey, makeDirectory, me, PASSWORD, signIn } from './support.ts';

const ALICE = 'alice@example.com';
const LATCHKEY_SECRET = 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz';
const create = (name: string) => ['user', 'create', '--email', `${name}@example.com`, '--verified'];
const auth = (url: string, path: string, json: object) => send(`${url}/api/v1/auth/${path}`, { json });
const refresh = (url: string, token: string) => auth(url, 'token/refresh', { refresh: token });
const withCode = (url: string, code: string) =>
  auth(url, 'login/passwordless/confirm', { identifier: ALICE, code });

async function codeFrom(url: string): Promise<string> {
  for (;;) {
    const { text } = await send(`${url}/dev/mailbox.json?to=${ALICE}`);
    const [, code] = /"code":"(\d+)"/.exec(text) ?? [];
    if (code !== undefined) return code;
    await new Promise((turn) => setImmediate(turn));
  }
}

/** How a database is kept and brought back, the server being stopped for the second. */
interface Engine {
  readonly env: Readonly<Record<string, string>>;
  /** Whether a backup is made beside a running server. */
  readonly isOnline: boolean;
  backUp(): Promise<unknown>;
  restore(): Promise<{ sessions: number; challenges: number; messages: number; lastNumber: number }>;
}

const engines: Record<string, (t: TestContext, directory: string) => Promise<Engine>> = {
  async sqlite(_t, directory) {
    const env = { LATCHKEY_SECRET };
    return {
      env,
      isOnline: true,
      backUp: () => documentOf(directory, ['db', 'backup', 'kept.db'], { env }),
      restore: () => documentOf(directory, ['db', 'restore', 'kept.db', '--replace'], { env }),
    };
  },
  async postgres(t, directory) {
    const database = await createDatabase();
    const { url, location } = database;
    const admin = url.replace(/\/[^/]*$/, '/postgres');
    t.after(async () => {
      await database[Symbol.asyncDispose]();
      await administer(admin, `drop database if exists ${location.name}_kept with (force)`);
    });
    const env = { LATCHKEY_SECRET, LATCHKEY_DATABASE_URL: url };
    return {
      env,
      isOnline: false,
      backUp: () => administer(admin, `create database ${location.name}_kept template ${location.name}`),
      async restore() {
        const drop = `drop database ${location.name} with (force)`;
        await administer(admin, drop, `create database ${location.name} template ${location.name}_kept`);
        return documentOf(directory, ['db', 'new-epoch', '--yes'], { env });
      },
    };
  },
};

for (const [name, engineFor] of Object.entries(engines)) {
  test(`${name}: after a restore what was spent stays spent, everybody signs in again, and numbers go on`, async (t) => {
    const directory = await makeDirectory(t);
    const engine = await engineFor(t, directory);
    const env = { ...engine.env, LATCHKEY_RATE_LIMITS: 'off' };
    let server: LocalServer = await serveHere(t, directory, { env });
    await documentOf(directory, [...create('alice'), '--username', 'alice', '--password-stdin'], {
      env,
      input: PASSWORD,
    });
    const { secret } = await documentOf(directory, ['totp', 'enroll', 'alice'], { env });
    const before = (await signIn(server.url, ALICE)).body;
    await auth(server.url, 'login/passwordless', { identifier: ALICE });
    const code = await codeFrom(server.url);

    if (!engine.isOnline) await server.end();
    await engine.backUp();
    if (!engine.isOnline) server = await serveHere(t, directory, { env });

    // All that is spent, and all that is made, after the backup.
    const exchanged = await refresh(server.url, before.refresh);
    assert.equal(exchanged.status, 200);
    const byCode = await withCode(server.url, code);
    assert.equal(byCode.status, 200, byCode.text);
    const otp = totpAt(secret, Date.now());
    const ibanera = (url: string) =>
      send(`${url}/api/v1/public/auth/login`, { json: { username: 'alice', password: PASSWORD, otp } });
    assert.equal((await ibanera(server.url)).status, 200);
    const later = await documentOf(directory, create('later'), { env });
    await server.end();

    const restored = await engine.restore();
    assert.deepEqual([restored.sessions, restored.challenges], [1, 1]);
    server = await serveHere(t, directory, { env });
    assert.equal((await signIn(server.url, 'later@example.com')).status, 404, 'it is the backup');
    for (const { access } of [before, exchanged.body, byCode.body]) {
      assert.equal((await me(server.url, access)).status, 401);
    }
    for (const token of [before.refresh, exchanged.body.refresh, byCode.body.refresh]) {
      assert.notEqual((await refresh(server.url, token)).status, 200);
    }
    assert.equal((await withCode(server.url, code)).status, 400);
    assert.notEqual((await ibanera(server.url)).status, 200, 'a TOTP code from before the restore');
    assert.equal((await signIn(server.url, ALICE)).status, 200, 'passwords work');
    const next = await documentOf(directory, create('next'), { env });
    assert.ok(next.number > later.number, `${next.number} was not given before the restore`);
    assert.equal(next.number, restored.lastNumber + 1);
    const shown = await documentOf(directory, ['user', 'show', 'alice'], { env });
    assert.equal(shown.number, 1, 'who was in the backup keeps id and number');
  });
}

test('a restore waits for nobody: while a server has the database open it is refused, and nothing changes', async (t) => {
  const directory = await makeDirectory(t);
  const server = await serveHere(t, directory);
  await documentOf(directory, create('alice'));
  await documentOf(directory, ['db', 'backup', 'kept.db']);
  const { exitCode, error } = await failureOf(directory, ['db', 'restore', 'kept.db', '--replace']);
  assert.deepEqual([exitCode, error.code], [4, 'in_use']);
  assert.match(error.message, /stop it first/);
  assert.deepEqual(
    readdirSync(join(directory, 'data')).filter((name) => /replaced|\.[0-9a-f]{8}-/.test(name)),
    [],
  );
  await documentOf(directory, create('bob'));
  await server.end();
  await documentOf(directory, ['user', 'show', 'bob@example.com']);
});

test('a backup is for its owner alone, replaces nothing and leaves nothing half done', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, create('alice'));
  const { file, bytes } = await documentOf(directory, ['db', 'backup', 'kept.db']);
  const { mode, size } = statSync(file);
  assert.deepEqual([mode & 0o777, size], [0o600, bytes]);
  const again = await failureOf(directory, ['db', 'backup', 'kept.db']);
  assert.deepEqual([again.exitCode, again.error.code], [4, 'file_exists']);
  writeFileSync(join(directory, 'file'), '');
  for (const [to, why] of [
    ['nowhere/kept.db', `there is no directory ${join(directory, 'nowhere')}, `],
    ['file/kept.db', `${join(directory, 'file')} is not a directory, `],
  ] as const) {
    const { exitCode, error } = await failureOf(directory, ['db', 'backup', to]);
    assert.deepEqual([exitCode, error.code], [5, 'directory_unusable']);
    assert.ok(error.message.startsWith(why), error.message);
  }
  rmSync(join(directory, 'file'));
  assert.deepEqual(readdirSync(directory).toSorted(), ['data', 'kept.db']);
});

test('a database in the place is put aside only when asked for, and even one that is broken', async (t) => {
  const directory = await makeDirectory(t);
  const place = join(directory, 'data', 'latchkey.db');
  await documentOf(directory, create('alice'));
  await documentOf(directory, ['db', 'backup', 'kept.db']);
  const refused = await failureOf(directory, ['db', 'restore', 'kept.db']);
  assert.deepEqual([refused.exitCode, refused.error.code], [4, 'file_exists']);
  await documentOf(directory, create('bob'));

  const { replaced } = await documentOf(directory, ['db', 'restore', 'kept.db', '--replace']);
  const env = { LATCHKEY_DATABASE_URL: `sqlite:${replaced}` };
  await documentOf(directory, ['user', 'show', 'bob@example.com'], { env });
  assert.equal((await failureOf(directory, ['user', 'show', 'bob@example.com'])).exitCode, 3);

  writeFileSync(place, 'no database at all, but longer than a header of one hundred bytes '.repeat(9));
  const broken = await documentOf(directory, ['db', 'restore', 'kept.db', '--replace']);
  assert.ok(existsSync(broken.replaced));
  await documentOf(directory, ['user', 'show', ALICE]);
});

test('what is no backup of Latchkey is refused before anything is touched', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, create('alice'));
  const other = new DatabaseSync(join(directory, 'other.db'));
  other.exec('create table things (name text)');
  other.close();
  writeFileSync(join(directory, 'text.db'), 'these are words '.repeat(99));
  writeFileSync(join(directory, 'empty.db'), '');
  mkdirSync(join(directory, 'folder'));
  for (const [file, why] of [
    ['empty.db', /\/empty\.db is empty$/],
    ['folder', /\/folder is a directory, not a backup$/],
    ['other.db', /\/other\.db is not a database of Latchkey/],
    ['text.db', /no SQLite database, or damaged/],
    ['absent.db', /no backup at/],
  ] as const) {
    const { exitCode, error } = await failureOf(directory, ['db', 'restore', file, '--replace']);
    assert.deepEqual([exitCode, error.code], [4, 'backup_unusable']);
    assert.match(error.message, why);
  }
  const itself = await failureOf(directory, ['db', 'restore', 'data/latchkey.db', '--replace']);
  assert.equal(itself.error.code, 'same_database');
  await documentOf(directory, ['user', 'show', ALICE]);
});

test('a backup is checked quickly, and fully when asked: then also rows and indexes are compared', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, create('alice'));
  const place = new DatabaseSync(join(directory, 'data/latchkey.db'), { enableForeignKeyConstraints: false });
  place.exec(`insert into passwords values ('no account', 'hash', 1)`);
  place.close();
  const { check, file } = await documentOf(directory, ['db', 'backup', 'kept.db']);
  assert.equal(check, 'quick');
  for (const command of [
    ['db', 'backup', 'full.db', '--full-check'],
    ['db', 'restore', 'kept.db', '--replace', '--full-check'],
  ]) {
    const { exitCode, error } = await failureOf(directory, command);
    assert.deepEqual([exitCode, error.code], [4, 'backup_unusable']);
    assert.match(error.message, /rows that refer to rows that are missing/);
  }
  assert.deepEqual(readdirSync(directory).toSorted(), ['data', 'kept.db']);
  const backup = new DatabaseSync(file);
  backup.exec("delete from passwords where account_id = 'no account'");
  backup.close();
  await documentOf(directory, ['db', 'restore', 'kept.db', '--replace', '--full-check']);
  const full = await documentOf(directory, ['db', 'backup', 'full.db', '--full-check']);
  assert.equal(full.check, 'full');

  // A page of the file overwritten: the quick check finds it.
  const bytes = readFileSync(file);
  bytes.fill(0x5a, 8_192, 20_480);
  writeFileSync(file, bytes);
  const { error } = await failureOf(directory, ['db', 'restore', 'kept.db', '--replace']);
  assert.equal(error.code, 'backup_unusable');
});

test('what an older database left beside itself is not taken for a part of the restored one', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, create('alice'));
  await documentOf(directory, ['db', 'backup', 'kept.db']);
  const env = { LATCHKEY_DATABASE_URL: 'sqlite:elsewhere.db' };
  writeFileSync(join(directory, 'elsewhere.db-wal'), 'left over');
  const { error } = await failureOf(directory, ['db', 'restore', 'kept.db'], { env });
  assert.match(error.message, /elsewhere\.db-wal is left of a database that is gone/);
});

test('new-epoch asks first, and where nobody can be asked needs --yes', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, create('alice'));
  assert.equal((await failureOf(directory, ['db', 'new-epoch'])).exitCode, 2);
  const { lastNumber } = await documentOf(directory, ['db', 'new-epoch', '--yes']);
  assert.equal(lastNumber, 1_000_001);
});

test('copy moves accounts to PostgreSQL and shows no password, whatever goes wrong', async (t) => {
  const directory = await makeDirectory(t);
  const database = await createDatabase({ isEmpty: true });
  t.after(() => database[Symbol.asyncDispose]());
  await documentOf(directory, create('alice'), { env: { LATCHKEY_SECRET } });
  const url = database.url.replace('latchkey@', 'latchkey:hidden-password@');
  const env = { LATCHKEY_SECRET, LATCHKEY_DATABASE_URL: url };
  const copied = await latchkey(directory, ['db', 'copy', '--from', 'sqlite:data/latchkey.db'], { env });
  assert.equal(copied.code, 0, copied.stderr);
  assert.match(copied.stdout, /^accounts +1 +[0-9a-f]{64}$/m);
  assert.match(copied.stderr, /^copy accounts {2}1 of 1\n/);
  assert.match(copied.stderr, /^verify accounts {2}1 of 1$/m);
  await documentOf(directory, ['user', 'show', ALICE], { env });

  const again = await latchkey(directory, ['db', 'copy', '--from', 'sqlite:data/latchkey.db', '--to', url]);
  assert.equal(again.code, 4);
  assert.match(again.stderr, /warning: the password in --to can be seen/);
  assert.match(again.stderr, /error: postgres:\/\/127\.0\.0\.1:\d+\/\w+ is not empty/);
  const mistaken = await latchkey(directory, ['db', 'copy', '--to', url.replace('hidden-', 'hidden/')]);
  assert.equal(mistaken.code, 2);
  for (const { stdout, stderr } of [copied, again, mistaken])
    assert.ok(!`${stdout}${stderr}`.includes('hidden'));
  assert.equal((await failureOf(directory, ['db', 'copy'])).exitCode, 2);
});
