import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf, latchkey, makeDirectory } from './support.ts';

const commands = [
  'serve',
  'migrate',
  'user create',
  'user list',
  'user find',
  'user show',
  'user update',
  'user verify',
  'user resend',
  'user unlock',
  'user disable',
  'user enable',
  'user delete',
  'user set-password',
  'totp enroll',
  'totp remove',
  'session list',
  'session revoke',
  'audit list',
  'message list',
  'message test',
  'db backup',
  'db restore',
  'db new-epoch',
  'db copy',
  'config',
  'doctor',
];

test('help lists every command and the exit codes, and says the same however it is asked', async (t) => {
  const directory = await makeDirectory(t);
  const [asked, flagged] = await Promise.all([
    latchkey(directory, ['help']),
    latchkey(directory, ['--help']),
  ]);
  assert.equal(asked.code, 0);
  assert.equal(asked.stdout, flagged.stdout);
  assert.equal(asked.stderr, '');
  for (const word of [
    'serve',
    'migrate',
    'user',
    'session',
    'audit',
    'message',
    'db',
    'config',
    'doctor',
    'Exit codes:',
  ]) {
    assert.match(asked.stdout, new RegExp(`^ *${word}`, 'm'));
  }
  for (const code of [0, 1, 2, 3, 4, 5]) assert.match(asked.stdout, new RegExp(`^ +${code} `, 'm'));
});

for (const command of commands) {
  test(`help of ${command} shows an example, the JSON document and every option`, async (t) => {
    const directory = await makeDirectory(t);
    const { code, stdout } = await latchkey(directory, ['help', ...command.split(' ')]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: latchkey ${command}`));
    assert.match(stdout, new RegExp(`^ +(LATCHKEY_PORT=9000 )?latchkey ${command}`, 'm'));
    assert.match(stdout, /^With --json:/m);
    assert.match(stdout, /^ +--json /m);
  });
}

test('a mistyped command or option is answered with the one that was meant, exit code 2', async (t) => {
  const directory = await makeDirectory(t);
  for (const [args, meant] of [
    [['usr'], 'user'],
    [['user', 'crate'], 'create'],
    [['user', 'create', '--emial', 'a@example.com'], '--email'],
  ] as const) {
    const { code, stderr, stdout } = await latchkey(directory, args);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`^error: unknown [a-z]+ '[^']+' \\(Did you mean ${meant}\\?\\)\\n$`));
  }
});

test('a mistake in the arguments is one line, or with --json one document', async (t) => {
  const directory = await makeDirectory(t);
  for (const args of [['nothing'], ['user', 'show'], ['user', 'list', '--limit', '0'], ['help', 'nothing']]) {
    const { code, stderr } = await latchkey(directory, args);
    assert.equal(code, 2);
    assert.match(stderr, /^error: [^\n]+\n$/);
  }
  const { exitCode, error } = await failureOf(directory, ['user', 'show']);
  assert.equal(exitCode, 2);
  assert.deepEqual(error, { code: 'usage', message: "missing required argument 'identifier'" });
});

test('a group without a command shows its help, exit code 2', async (t) => {
  const directory = await makeDirectory(t);
  const { code, stderr, stdout } = await latchkey(directory, ['user']);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /set-password/);
});

test('a mistake in the arguments does not repeat a password that was typed', async (t) => {
  const directory = await makeDirectory(t);
  for (const args of [
    ['user', 'create', '--pasword=hunter2secret'],
    ['user', 'create', '--username', 'bob', '--password', 'my', 'hunter2secret'],
    ['user', 'set-password', 'bob', 'hunter2secret'],
  ]) {
    const { code, stderr } = await latchkey(directory, args);
    assert.equal(code, 2);
    assert.doesNotMatch(stderr, /hunter2secret/);
  }
});

test('--version prints the version and nothing else', async (t) => {
  const { code, stdout } = await latchkey(await makeDirectory(t), ['--version']);
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test('an older Node is told in one line what is needed', async (t) => {
  const older = `data:text/javascript,
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } });
    Object.defineProperty(process, 'version', { value: 'v20.19.0' });`;
  const { code, stderr, stdout } = await latchkey(await makeDirectory(t), ['help'], {
    node: ['--import', older.replaceAll(/\s*\n\s*/g, '')],
  });
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^Latchkey needs Node 24 or newer; this is v20\.19\.0\.[^\n]*\n$/);
});
