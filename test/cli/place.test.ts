import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { skipWithoutPermissions } from '../support/permissions.ts';
import { documentOf, failureOf, latchkey, makeDirectory, serve } from './support.ts';

const SECRET = 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz';

const cannotWrite: Record<string, (directory: string) => Promise<unknown>> = {
  'data/ cannot be made': async () => {},
  'data/ cannot be written': (directory) => mkdir(join(directory, 'data'), { mode: 0o555 }),
  'data/ is a file': (directory) => writeFile(join(directory, 'data'), ''),
};

for (const [about, arrange] of Object.entries(cannotWrite)) {
  test(`where ${about}, one line names the place and the fix, exit code 5, with a secret or without`, {
    skip: skipWithoutPermissions,
  }, async (t) => {
    const directory = await makeDirectory(t);
    await arrange(directory);
    await chmod(directory, 0o555);
    try {
      for (const env of [{}, { LATCHKEY_SECRET: SECRET }]) {
        for (const command of [['serve'], ['user', 'create', '--email', 'ann@example.com']]) {
          const { exitCode, error } = await failureOf(directory, command, { env, underPermissions: true });
          assert.equal(exitCode, 5);
          assert.equal(error.code, 'database_unusable');
          assert.ok(error.message.includes(directory), error.message);
          assert.match(error.message, /cannot be written by user \S+: let|is not a directory: move/);
          assert.match(error.message, /LATCHKEY_DATABASE_URL$/);
        }
      }
    } finally {
      await chmod(directory, 0o755);
    }
  });
}

for (const [about, name] of Object.entries({
  'a database': 'latchkey.db',
  'its log of recent commits': 'latchkey.db-wal',
  'the index of that log': 'latchkey.db-shm',
  'the directory of a database': '.',
})) {
  test(`where ${about} can be read and not written, nothing starts: exit code 5 with its path and the fix`, {
    skip: skipWithoutPermissions,
  }, async (t) => {
    const directory = await makeDirectory(t);
    const data = join(directory, 'data');
    await documentOf(directory, ['migrate']);
    await writeFile(join(data, name === '.' ? 'other' : name), '', { flag: 'a' });
    await chmod(join(data, name), name === '.' ? 0o555 : 0o444);
    const env = { LATCHKEY_SECRET: SECRET, LATCHKEY_ENVIRONMENT: 'test', LATCHKEY_PORT: '0' };
    try {
      for (const command of [
        ['serve'],
        ['migrate'],
        ['user', 'list'],
        ['user', 'create', '--email', 'ann@example.com'],
      ]) {
        const { exitCode, error } = await failureOf(directory, command, { env, underPermissions: true });
        assert.equal(exitCode, 5);
        assert.ok(error.message.startsWith(join(data, name)), error.message);
        assert.match(error.message, /cannot be (read and )?written by user \S+: let that user write there/);
      }
      const { stdout } = await latchkey(directory, ['doctor'], { env, underPermissions: true });
      assert.match(stdout, /^problem +database +.*cannot be (read and )?written by user/m);
    } finally {
      await chmod(data, 0o700);
    }
  });
}

test('a directory in the place of a database is named with its path, exit code 5', async (t) => {
  const directory = await makeDirectory(t);
  await mkdir(join(directory, 'data'));
  const url = { LATCHKEY_DATABASE_URL: 'sqlite:data' };
  const { exitCode, error } = await failureOf(directory, ['user', 'list'], { env: url });
  assert.equal(exitCode, 5);
  assert.ok(error.message.startsWith(`${join(directory, 'data')} is a directory, not a database: `));
});

test('commands that look for something make no database and no secret, exit code 5', async (t) => {
  const directory = await makeDirectory(t);
  for (const command of [
    ['user', 'list'],
    ['user', 'show', 'ann'],
    ['user', 'disable', 'ann'],
    ['user', 'enable', 'ann'],
    ['user', 'delete', 'ann', '--yes'],
    ['session', 'list', 'ann'],
    ['session', 'revoke', 'ann'],
  ]) {
    const { exitCode, error } = await failureOf(directory, command);
    assert.equal(exitCode, 5, command.join(' '));
    const expected = `there is no database at ${join(directory, 'data/latchkey.db')}: `;
    assert.ok(error.message.startsWith(expected), error.message);
  }
  const set = ['user', 'set-password', 'ann', '--password-stdin'];
  assert.equal((await failureOf(directory, set, { input: 'a long passphrase' })).exitCode, 5);
  assert.deepEqual(await readdir(directory), []);
});

test('the first account may come before the first start', async (t) => {
  const directory = await makeDirectory(t);
  const { number } = await documentOf(directory, ['user', 'create', '--email', 'ann@example.com']);
  assert.equal(number, 1);
  assert.equal((await documentOf(directory, ['user', 'list'])).total, 1);
});

test('a database outside of data/ is its owner’s alone', {
  skip: process.platform === 'win32' && 'Windows keeps no permission bits',
}, async (t) => {
  const directory = await makeDirectory(t);
  await chmod(directory, 0o755);
  const env = { LATCHKEY_DATABASE_URL: 'sqlite:x.db' };
  const { code, stderr } = await latchkey(directory, ['migrate'], { env });
  assert.equal(code, 0, stderr);
  assert.equal((await stat(join(directory, 'x.db'))).mode & 0o777, 0o600);
});

test('a server says at the start that others can read its database, once, however many processes serve', {
  skip: process.platform === 'win32' && 'Windows keeps no permission bits',
}, async (t) => {
  const directory = await makeDirectory(t);
  const env = { LATCHKEY_SECRET: SECRET, LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9' };
  await documentOf(directory, ['migrate'], { env });
  await chmod(join(directory, 'data'), 0o755);
  const warnings = async (more: Record<string, string> = {}) => {
    const server = await serve(t, directory, { env: { ...env, ...more } });
    await server.end();
    const lines = server.stdout().split('\n');
    return lines.filter((line) => line.includes('"database_exposed"'));
  };
  assert.deepEqual(await warnings(), [], 'the file is for its owner alone');
  await chmod(join(directory, 'data/latchkey.db'), 0o644);
  for (const workers of ['1', '2']) {
    const [warning = '', ...more] = await warnings({ LATCHKEY_WORKERS: workers });
    assert.deepEqual(more, []);
    assert.match(
      warning,
      /every user of this machine can read \S+data\/latchkey\.db.* run: chmod 700 '\S+data'/,
    );
  }
  await chmod(join(directory, 'data'), 0o700);
  assert.deepEqual(await warnings(), [], 'the directory keeps others out');
});
