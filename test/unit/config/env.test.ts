import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ConfigError, readEnvironment } from '../../../src/config/index.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchkey-env-'));
});
afterEach(() => rm(directory, { recursive: true }));

function read(variables: Record<string, string | undefined> = {}) {
  return readEnvironment({ directory, variables });
}

test('the environment wins over the file', async () => {
  await writeFile(join(directory, '.env'), 'LATCHKEY_PORT=1\nLATCHKEY_HOST="::1"\n');
  const { env, fromFile } = read({ LATCHKEY_PORT: '2' });
  assert.deepEqual(env, { LATCHKEY_PORT: '2', LATCHKEY_HOST: '::1' });
  assert.deepEqual([...fromFile], ['LATCHKEY_HOST']);
});

test('an empty variable takes a line of the file back', async () => {
  await writeFile(join(directory, '.env'), 'LATCHKEY_PORT=1\n');
  assert.deepEqual(read({ LATCHKEY_PORT: '' }), { env: { LATCHKEY_PORT: '' }, fromFile: new Set() });
});

test('without a file the environment is enough', () => {
  assert.deepEqual(read({ LATCHKEY_PORT: '2' }), { env: { LATCHKEY_PORT: '2' }, fromFile: new Set() });
});

test('only names that are ours are read', async () => {
  await writeFile(join(directory, '.env'), 'PORT=1\nDATABASE_URL=x\n');
  assert.deepEqual(read({ PATH: '/bin', LATCHKEY: 'x', LATCHKEY_PORT: '2', LATCHKEY_HOST: undefined }).env, {
    LATCHKEY_PORT: '2',
  });
});

test('what Kubernetes says about a Service called latchkey is not taken for a setting', () => {
  const links = {
    LATCHKEY_SERVICE_HOST: '10.0.0.7',
    LATCHKEY_SERVICE_PORT: '8000',
    LATCHKEY_SERVICE_PORT_HTTP: '8000',
    LATCHKEY_PORT: 'tcp://10.0.0.7:8000',
    LATCHKEY_PORT_8000_TCP: 'tcp://10.0.0.7:8000',
    LATCHKEY_PORT_8000_TCP_PROTO: 'tcp',
    LATCHKEY_PORT_8000_TCP_PORT: '8000',
    LATCHKEY_PORT_8000_TCP_ADDR: '10.0.0.7',
    LATCHKEY_DB_PORT: 'tcp://10.0.0.8:5432',
    LATCHKEY_DB_SERVICE_HOST: '10.0.0.8',
  };
  assert.deepEqual(read(links).env, {});
  assert.deepEqual(read({ ...links, LATCHKEY_PORT: '9000' }).env, { LATCHKEY_PORT: '9000' });
});

test('a byte order mark does not hide the first line of the file', async () => {
  await writeFile(join(directory, '.env'), '\uFEFFLATCHKEY_PORT=1\n');
  assert.deepEqual(read().env, { LATCHKEY_PORT: '1' });
});

test('a file that cannot be read is a mistake, not silence', async () => {
  await mkdir(join(directory, '.env'));
  assert.throws(
    () => read(),
    (error) => error instanceof ConfigError && error.message.includes('cannot be read (EISDIR)'),
  );
});

test('by default the variables are those of the process', () => {
  const name = 'LATCHKEY_TEST_OF_ENV';
  process.env[name] = 'x';
  try {
    assert.equal(readEnvironment({ directory }).env[name], 'x');
  } finally {
    delete process.env[name];
  }
});
