import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ConfigError, loadConfig, readEnvironment } from '../../../src/config/index.ts';

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
  const { env, fromFile } = read({ LATCHKEY_PORT: '' });
  assert.deepEqual([env, fromFile], [{ LATCHKEY_PORT: '' }, new Set()]);
});

test('without a file the environment is enough', () => {
  const { env, fromFile } = read({ LATCHKEY_PORT: '2' });
  assert.deepEqual([env, fromFile], [{ LATCHKEY_PORT: '2' }, new Set()]);
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

/** What loading reports of a `.env` file, as `name: problem`, and its text as a whole. */
async function mistakesIn(content: string | Uint8Array, variables: Record<string, string> = {}) {
  await writeFile(join(directory, '.env'), content);
  const { env, ...rest } = read(variables);
  try {
    loadConfig(env, { contracts: [], ...rest });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return { names: error.mistakes.map(({ name }) => name), message: error.message };
  }
  return { names: [], message: '' };
}

test('lines that assign, in every form that Node reads, are read with the values that Node gives them', async () => {
  const lines = {
    plain: 'LATCHKEY_PORT=1',
    exported: 'export\tLATCHKEY_HOST = ::1',
    'followed by a comment': 'LATCHKEY_LOG_LEVEL=warn # for now #1',
    'empty, followed by a comment': 'LATCHKEY_APP_URL= # none yet',
    'in single quotes': `LATCHKEY_MAIL_FROM='a # b <a@example.com>' # from`,
    'in double quotes': 'LATCHKEY_PRODUCT_NAME="Acme#1"',
    'empty before a line': 'LATCHKEY_SMS_URL=   ',
    'a comment': '  # LATCHKEY_PORT: 2',
    'of another program': 'colour=#fff\nKEY="-----BEGIN\nabc\n-----END"\nother.name-1=x',
  };
  const { names, message } = await mistakesIn(Object.values(lines).join('\r\n'));
  assert.deepEqual(names, [], message);
  assert.deepEqual(read().env, {
    LATCHKEY_PORT: '1',
    LATCHKEY_HOST: '::1',
    LATCHKEY_LOG_LEVEL: 'warn',
    LATCHKEY_APP_URL: '',
    LATCHKEY_MAIL_FROM: 'a # b <a@example.com>',
    LATCHKEY_PRODUCT_NAME: 'Acme#1',
    LATCHKEY_SMS_URL: '',
  });
});

for (const line of [
  'LATCHKEY_SECRET: hidden-text',
  'LATCHKEY_SECRET hidden-text',
  'export LATCHKEY_SECRET hidden-text',
  'set LATCHKEY_SECRET=hidden-text',
  'hidden-text',
  '$env:LATCHKEY_SECRET = "hidden-text"',
  '=hidden-text',
  'LATCHKEY_SECRET=hidden-text#more',
  'LATCHKEY_SECRET=#hidden-text',
  `LATCHKEY_SECRET='hidden-text`,
  `LATCHKEY_SECRET="hidden-text" more`,
  `LATCHKEY_SECRET="hidden\ntext"`,
  `OTHER="hidden\nLATCHKEY_PORT=1\n"`,
]) {
  test(`a line of .env that would be ignored or cut is a mistake with its number: ${JSON.stringify(line)}`, async () => {
    const { names, message } = await mistakesIn(`# settings\n\nLATCHKEY_PORT=1\n${line}\n`);
    assert.equal(names[0], '.env, line 4', message);
    assert.match(message, /Fix: {3}(write|put) /);
    assert.doesNotMatch(message, /hidden/, 'it may be a secret');
  });
}

test('a line that names a setting is answered with the line to write instead', async () => {
  const { message } = await mistakesIn('latchkey_port: 8000\n');
  assert.match(message, /\.env, line 1\n.*\n {4}Fix: {3}write LATCHKEY_PORT=<value>\./);
});

for (const name of ['latchkey_port', 'Latchkey_Port', 'LATCHKEY-PORT', 'latchkey.port']) {
  test(`${name} is an unknown name, in .env and in the environment, and LATCHKEY_PORT is suggested`, async () => {
    for (const { names, message } of [
      await mistakesIn(`${name}=8000\n`),
      await mistakesIn('', { [name]: '8000' }),
    ]) {
      assert.deepEqual(names, [name]);
      assert.match(message, /did you mean LATCHKEY_PORT\?/);
    }
  });
}

for (const [encoding, bytes] of Object.entries({
  'UTF-16 with a byte order mark': Buffer.from('\uFEFFLATCHKEY_PORT=1\r\n', 'utf16le'),
  'UTF-16 without one': Buffer.from('LATCHKEY_PORT=1\r\n', 'utf16le'),
  'ISO 8859-1': Buffer.from('# für Köln\nLATCHKEY_PORT=1\n', 'latin1'),
})) {
  test(`a file in ${encoding} is a mistake, not silence`, async () => {
    const { names, message } = await mistakesIn(bytes);
    assert.deepEqual(names, ['.env']);
    assert.match(message, /not UTF-8.*\n {4}Fix: {3}save it as UTF-8/);
  });
}

test('mistakes of the file and of the settings are in one message', async () => {
  const { names } = await mistakesIn('LATCHKEY_HOST 0.0.0.0\nLATCHKEY_PORT=none\nlatchkey_secret=x\n', {
    LATCHKEY_WORKERS: '0',
  });
  assert.deepEqual(names, ['.env, line 1', 'LATCHKEY_PORT', 'LATCHKEY_WORKERS', 'latchkey_secret']);
});
