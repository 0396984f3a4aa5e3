import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { documentOf, failureOf, latchkey, makeDirectory } from './support.ts';

test('migrate brings a database up to date once, and prints what it ran', async (t) => {
  const directory = await makeDirectory(t);
  const { migrated } = await documentOf(directory, ['migrate']);
  assert.equal(migrated[0], '0001-first-accounts');
  assert.deepEqual(await documentOf(directory, ['migrate']), { migrated: [] });
  const { stdout } = await latchkey(directory, ['migrate']);
  assert.equal(stdout, 'The database is up to date.\n');
});

test('migrate --check reports what is pending with exit code 4, and makes nothing', async (t) => {
  const directory = await makeDirectory(t);
  const { code, stdout } = await latchkey(directory, ['migrate', '--check', '--json']);
  assert.equal(code, 4);
  assert.equal(JSON.parse(stdout).pending[0], '0001-first-accounts');
  assert.deepEqual(await readdir(directory), []);

  const { migrated } = await documentOf(directory, ['migrate']);
  assert.deepEqual(JSON.parse(stdout).pending, migrated);
  assert.deepEqual(await documentOf(directory, ['migrate', '--check']), { pending: [] });
});

test('where starting may not migrate, commands refuse an old database and say what to run, exit code 4', async (t) => {
  const directory = await makeDirectory(t);
  const env = { LATCHKEY_MIGRATE: 'off' };
  for (const command of [['serve'], ['user', 'list']]) {
    const { exitCode, error } = await failureOf(directory, command, { env });
    assert.equal(exitCode, 4);
    assert.equal(error.code, 'migrations_pending');
    assert.match(error.message, /latchkey migrate/);
  }
  await documentOf(directory, ['migrate'], { env });
  assert.equal((await documentOf(directory, ['user', 'list'], { env })).total, 0);
});

test('two processes that migrate at once both succeed, and each migration runs once', async (t) => {
  const directory = await makeDirectory(t);
  const both = await Promise.all([documentOf(directory, ['migrate']), documentOf(directory, ['migrate'])]);
  const ran = both.flatMap(({ migrated }) => migrated);
  assert.equal(new Set(ran).size, ran.length);
  assert.ok(ran.includes('0001-first-accounts'));
});
