import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ConfigError, resolveSecret, type SecretSources } from '../../../src/config/index.ts';
import { systemRandom } from '../../../src/crypto/random.ts';
import { GOOD_SECRET } from './load.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchkey-secret-'));
});
afterEach(async () => {
  await chmod(directory, 0o700);
  await rm(directory, { recursive: true });
});

const unixOnly = process.platform === 'win32' && 'Windows keeps no permission bits';

function resolve(given: Partial<SecretSources> = {}): Promise<Buffer> {
  return resolveSecret({
    value: undefined,
    environment: 'development',
    database: { engine: 'sqlite', path: join(directory, 'data', 'latchkey.db') },
    random: systemRandom,
    mayCreate: true,
    ...given,
  });
}

const secretFile = () => join(directory, 'data', 'latchkey.secret');

async function keep(text: string, mode: number): Promise<void> {
  await mkdir(join(directory, 'data'));
  await writeFile(secretFile(), text);
  await chmod(secretFile(), mode);
}

/** Rejects with a list of mistakes that says this. */
async function refuses(attempt: Promise<unknown>, ...said: RegExp[]): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof ConfigError, String(error));
    for (const each of said) assert.match(error.message, each);
    return true;
  });
}

test('a secret that is given is used as the text it is, and no file is made', async () => {
  assert.deepEqual(await resolve({ value: GOOD_SECRET }), Buffer.from(GOOD_SECRET, 'utf8'));
  assert.deepEqual(await readdir(directory), []);
});

test('a weak secret is refused in every environment (SEC-055)', async () => {
  for (const environment of ['development', 'test', 'production'] as const) {
    await refuses(resolve({ value: 'short', environment }), /LATCHKEY_SECRET/, /shorter than 32 bytes/);
  }
});

test('production makes no secret of its own', async () => {
  await refuses(resolve({ environment: 'production' }), /production requires it/);
  assert.deepEqual(await readdir(directory), []);
});

test('outside production a secret is made once, beside the database, readable by its owner only', async () => {
  const first = await resolve();
  assert.ok(first.length >= 32);
  if (!unixOnly) assert.equal((await stat(secretFile())).mode & 0o777, 0o600);
  assert.deepEqual(await resolve(), first);
  assert.deepEqual(await readdir(join(directory, 'data')), ['latchkey.secret'], 'no draft is left behind');
});

test('the text of the file can be moved to the environment as it is', async () => {
  const kept = await resolve();
  const value = (await readFile(secretFile(), 'utf8')).trim();
  assert.deepEqual(await resolve({ value }), kept);
});

test('no secret file is made where the database has a secret; an existing file is read', async () => {
  await refuses(resolve({ mayCreate: false }), /LATCHKEY_SECRET/, /database already has a secret/);
  assert.deepEqual(await readdir(directory), []);
  const kept = await resolve();
  assert.deepEqual(await resolve({ mayCreate: false }), kept);
});

test('parallel first starts agree on one secret', async () => {
  const secrets = await Promise.all(Array.from({ length: 32 }, () => resolve()));
  assert.equal(new Set(secrets.map((secret) => secret.toString())).size, 1);
  assert.deepEqual(await readdir(join(directory, 'data')), ['latchkey.secret'], 'no draft is left behind');
});

test('who comes second takes the secret of who came first, and leaves it in place', async () => {
  const first = `${GOOD_SECRET}\n`;
  const overtaken = {
    ...systemRandom,
    bytes(length: number) {
      // Another process gets there between our look at the file and our own.
      writeFileSync(secretFile(), first, { mode: 0o600 });
      return systemRandom.bytes(length);
    },
  };
  assert.equal((await resolve({ random: overtaken })).toString(), GOOD_SECRET);
  assert.equal(await readFile(secretFile(), 'utf8'), first);
});

test('who comes second never sees a file that is half written', async () => {
  const making = resolve();
  const seen: string[] = [];
  let made = false;
  const ended = making.finally(() => {
    made = true;
  });
  while (!made) seen.push(await readFile(secretFile(), 'utf8').catch(() => 'absent'));
  const whole = `${(await ended).toString()}\n`;
  assert.deepEqual(
    seen.filter((text) => text !== 'absent' && text !== whole),
    [],
  );
});

for (const mode of [0o640, 0o604, 0o620, 0o644]) {
  test(`a file with mode ${mode.toString(8)} is refused, with the command that mends it`, {
    skip: unixOnly,
  }, async () => {
    await keep(`${GOOD_SECRET}\n`, mode);
    await refuses(resolve(), new RegExp(`mode ${mode.toString(8)}`), /chmod 600 '.*latchkey\.secret'/);
  });
}

test('a file that only its owner can read is accepted', { skip: unixOnly }, async () => {
  await keep(`${GOOD_SECRET}\n`, 0o400);
  assert.equal((await resolve()).toString(), GOOD_SECRET);
});

test('a file that was emptied or cut is refused, and neither replaced nor shown', async () => {
  await keep('Zt4hQ9xVw2LmK7bN', 0o600);
  await refuses(resolve(), /latchkey\.secret: it is shorter than 32 bytes/, /from a backup/);
  await assert.rejects(resolve(), (error: Error) => !error.message.includes('Zt4hQ9xVw2LmK7bN'));
  assert.equal(await readFile(secretFile(), 'utf8'), 'Zt4hQ9xVw2LmK7bN');
});

test('a place that cannot be written is told without a stack trace', async () => {
  await writeFile(join(directory, 'data'), 'a file where the directory belongs');
  await refuses(resolve(), /cannot be read or made \(ENOTDIR\)/, /set LATCHKEY_SECRET/);
});

test('a file that cannot be written is told with its cause', async () => {
  const elsewhere = { ...systemRandom, uuid: () => 'no/such/directory' };
  await refuses(resolve({ random: elsewhere }), /cannot be read or made \(ENOENT\)/);
});

test('a database in memory has a secret of its own for each process', async () => {
  const [first, second] = [
    await resolve({ database: { engine: 'sqlite', path: ':memory:' } }),
    await resolve({ database: { engine: 'sqlite', path: ':memory:' } }),
  ];
  assert.equal(first.length, 32);
  assert.notDeepEqual(first, second);
  assert.deepEqual(await readdir(directory), []);
});
