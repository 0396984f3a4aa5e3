import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { send } from '../support/wire.ts';
import { serveHere } from './local-server.ts';
import { documentOf, failureOf, latchkey, makeDirectory, me, PASSWORD, signIn } from './support.ts';

const input = `${PASSWORD}\n`;

const create = (username: string) => [
  'user',
  'create',
  '--verified',
  '--password-stdin',
  '--email',
  `${username}@example.com`,
];

test('an account made verified at the command line signs in over HTTP at once', async (t) => {
  const directory = await makeDirectory(t);
  const { url } = await serveHere(t, directory);
  await documentOf(directory, create('alice'), { input });
  const signedIn = await signIn(url, 'alice@example.com');
  assert.equal(signedIn.status, 200, signedIn.text);
  const { body } = await me(url, signedIn.body.access);
  assert.equal(body.email, 'alice@example.com');
});

test('disable ends a session with its next request, and enable lets its owner sign in anew', async (t) => {
  const directory = await makeDirectory(t);
  const { url } = await serveHere(t, directory);
  await documentOf(directory, create('bob'), { input });
  const { body } = await signIn(url, 'bob@example.com');
  assert.equal((await me(url, body.access)).status, 200);

  await documentOf(directory, ['user', 'disable', 'bob@example.com']);
  assert.equal((await me(url, body.access)).status, 401);
  assert.equal((await signIn(url, 'bob@example.com')).status, 401);

  await documentOf(directory, ['user', 'enable', 'bob@example.com']);
  assert.equal((await me(url, body.access)).status, 401, 'the old session stays ended');
  assert.equal((await signIn(url, 'bob@example.com')).status, 200);
});

test('set-password ends every session, and only the new password signs in', async (t) => {
  const directory = await makeDirectory(t);
  const { url } = await serveHere(t, directory);
  await documentOf(directory, create('carol'), { input });
  const { body } = await signIn(url, 'carol@example.com');
  const set = ['user', 'set-password', 'carol@example.com', '--password-stdin'];
  await documentOf(directory, set, { input: 'another long phrase\r\nand a second line' });
  assert.equal((await me(url, body.access)).status, 401);
  assert.equal((await signIn(url, 'carol@example.com')).status, 401);
  assert.equal((await signIn(url, 'carol@example.com', 'another long phrase')).status, 200);
});

test('show and list tell that an account has no password, or is locked and until when', async (t) => {
  const directory = await makeDirectory(t);
  const env = { LATCHKEY_RATE_LIMITS: 'off' };
  const { url } = await serveHere(t, directory, { env });
  await documentOf(directory, ['user', 'create', '--verified', '--email', 'coder@example.com']);
  await documentOf(directory, create('locked'), { input });
  const shown = async (name: string) => {
    const { hasPassword, isLocked, lockedUntil } = await documentOf(directory, ['user', 'show', name]);
    return { hasPassword, isLocked, until: typeof lockedUntil };
  };
  const free = { isLocked: false, until: 'object' };
  assert.deepEqual(await shown('coder@example.com'), { hasPassword: false, ...free });
  assert.deepEqual(await shown('locked@example.com'), { hasPassword: true, ...free });

  for (let guess = 0; guess < 5; guess += 1) await signIn(url, 'locked@example.com', `wrong guess ${guess}`);
  const locked = { hasPassword: true, isLocked: true, until: 'string' };
  assert.deepEqual(await shown('locked@example.com'), locked);
  const { stdout } = await latchkey(directory, ['user', 'list']);
  assert.match(stdout, /locked@example\.com .* active, locked until \S+Z \(wrong passwords\)$/m);
  assert.match(stdout, /coder@example\.com .* active, no password$/m);

  const policy = { env: { ...env, LATCHKEY_LOCKOUT_FAILURES: '4', LATCHKEY_LOCKOUT_DISABLE_AFTER: '5' } };
  const forGood = await documentOf(directory, ['user', 'show', 'locked@example.com'], policy);
  assert.deepEqual([forGood.isLocked, forGood.lockedUntil], [true, null]);

  await documentOf(directory, ['user', 'set-password', 'locked@example.com', '--password-stdin'], { input });
  assert.deepEqual(await shown('locked@example.com'), { hasPassword: true, ...free });
});

test('session list shows each session, and revoke ends one or all with the next request', async (t) => {
  const directory = await makeDirectory(t);
  const { url } = await serveHere(t, directory);
  await documentOf(directory, create('dora'), { input });
  await documentOf(directory, create('eve'), { input });
  const tokens = [await signIn(url, 'dora@example.com'), await signIn(url, 'dora@example.com')];
  const stranger = await signIn(url, 'eve@example.com');
  const works = () =>
    Promise.all(tokens.map(async ({ body }) => (await me(url, body.access)).status === 200));

  const listed = await documentOf(directory, ['session', 'list', 'dora@example.com']);
  assert.equal(listed.sessions.length, 2);
  const [newest] = listed.sessions;
  assert.deepEqual(Object.keys(newest), [
    'id',
    'contract',
    'createdAt',
    'expiresAt',
    'endedAt',
    'endReason',
    'authTime',
    'amr',
    'address',
    'userAgent',
  ]);
  assert.equal(newest.contract, 'fabric');
  assert.ok(newest.createdAt < newest.expiresAt);
  assert.equal(newest.endedAt, null);
  assert.equal(newest.endReason, null);
  assert.ok(newest.authTime <= newest.createdAt);
  assert.deepEqual(newest.amr, ['pwd']);

  const one = ['session', 'revoke', 'dora@example.com', '--session', newest.id];
  assert.deepEqual(await documentOf(directory, one), { revoked: 1 });
  assert.deepEqual(await works(), [true, false]);
  assert.deepEqual(await documentOf(directory, one), { revoked: 0 }, 'it is over already');

  const foreign = ['session', 'revoke', 'eve@example.com', '--session', newest.id];
  assert.equal((await failureOf(directory, foreign)).exitCode, 3);

  assert.deepEqual(await documentOf(directory, ['session', 'revoke', 'dora@example.com']), { revoked: 1 });
  assert.deepEqual(await works(), [false, false]);
  assert.equal((await me(url, stranger.body.access)).status, 200);

  const { stdout } = await latchkey(directory, ['session', 'list', 'dora@example.com']);
  assert.match(stdout, /^session +contract +created +expires +state +methods +address +client\n/);
  assert.equal(stdout.match(/ended \S+Z: revoked/g)?.length, 2);
});

test('a refresh token of a revoked session is refused', async (t) => {
  const directory = await makeDirectory(t);
  const { url } = await serveHere(t, directory);
  await documentOf(directory, create('finn'), { input });
  const { body } = await signIn(url, 'finn@example.com');
  const { sessions } = await documentOf(directory, ['session', 'list', 'finn@example.com']);
  await documentOf(directory, ['session', 'revoke', 'finn@example.com', '--session', sessions[0].id]);
  const refreshed = await send(`${url}/api/v1/auth/token/refresh`, { json: { refresh: body.refresh } });
  assert.equal(refreshed.status, 401);
});

test('commands and a server under load share one database, and neither disturbs the other', async (t) => {
  const directory = await makeDirectory(t);
  const { url } = await serveHere(t, directory, { env: { LATCHKEY_RATE_LIMITS: 'off' } });
  await documentOf(directory, create('busy'), { input });
  const { body } = await signIn(url, 'busy@example.com');

  let isOver = false;
  const statuses = new Map<number, number>();
  /** Sign-ups write, asking who one is reads; both as fast as they are answered. */
  async function hammer(worker: number): Promise<void> {
    for (let round = 0; !isOver; round += 1) {
      const identifier = `load-${worker}-${round}@example.com`;
      const answers = [
        await send(`${url}/api/v1/auth/signup`, { json: { identifier, password: PASSWORD } }),
        await me(url, body.access),
      ];
      for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }
  const load = Promise.all([0, 1].map(hammer));
  try {
    const answered = () => [...statuses.values()].reduce((sum, count) => sum + count, 0);
    for (let round = 0; round < 2 || answered() <= 20; round += 1) {
      const name = `beside-${round}`;
      await documentOf(directory, create(name), { input });
      await documentOf(directory, ['user', 'disable', `${name}@example.com`]);
      await documentOf(directory, ['migrate']);
      await documentOf(directory, ['user', 'delete', `${name}@example.com`, '--yes']);
    }
  } finally {
    isOver = true;
    await load;
  }
  assert.deepEqual([...statuses.keys()], [200]);
});

test('a database that another process keeps locked is one line, exit code 5', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['migrate']);
  const hog = new DatabaseSync(join(directory, 'data/latchkey.db'));
  hog.exec('begin immediate');
  try {
    const { exitCode, error } = await failureOf(directory, ['user', 'create', '--email', 'late@example.com']);
    assert.equal(exitCode, 5);
    assert.equal(error.code, 'storage_unavailable');
    assert.match(error.message, /^the database is unavailable: .*locked/);
  } finally {
    hog.close();
  }
});
