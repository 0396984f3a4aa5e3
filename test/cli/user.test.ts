import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { documentOf, failureOf, finish, latchkey, makeDirectory, PASSWORD, start } from './support.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

test('create answers the account, and each identifier finds it', async (t) => {
  const directory = await makeDirectory(t);
  const person = ['--email', 'Alice@Example.com', '--phone', '+49 170 1234567', '--username', 'alice'];
  const rights = ['--full-name', 'Alice Doe', '--superuser', '--staff', '--verified'];
  const created = await documentOf(directory, ['user', 'create', ...person, ...rights]);
  assert.deepEqual(
    { ...created, id: 'id', createdAt: 'at', emailVerifiedAt: 'at', phoneVerifiedAt: 'at' },
    {
      id: 'id',
      number: 1,
      username: 'alice',
      email: 'Alice@example.com',
      phone: '+491701234567',
      fullName: 'Alice Doe',
      isVerified: true,
      emailVerifiedAt: 'at',
      phoneVerifiedAt: 'at',
      isActive: true,
      isPending: false,
      signUpAddress: null,
      hasPassword: false,
      hasTotp: false,
      isLocked: false,
      lockedUntil: null,
      locks: [],
      isSuperuser: true,
      isStaff: true,
      createdAt: 'at',
      disabledAt: null,
      lastSeenAt: null,
      lastSignIn: null,
      lastRefusal: null,
    },
  );
  assert.match(created.id, UUID);
  for (const at of [created.createdAt, created.emailVerifiedAt, created.phoneVerifiedAt])
    assert.match(at, ISO);
  for (const identifier of ['alice@example.com', '+491701234567', 'ALICE', created.id.toUpperCase(), '#1']) {
    assert.deepEqual(await documentOf(directory, ['user', 'show', identifier]), created);
  }
});

test('without --json people get one fact a line', async (t) => {
  const directory = await makeDirectory(t);
  const { code, stdout, stderr } = await latchkey(directory, ['user', 'create', '--email', 'a@example.com']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^e-mail +a@example\.com \(not verified\)$/m);
  assert.match(stdout, /^state +active, unverified, no password$/m);
  assert.match(stdout, /^password +none$/m);
});

test('create refuses what is malformed, taken or weak, each with its exit code', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['user', 'create', '--email', 'alice@example.com', '--username', 'alice']);
  const create = (...args: string[]) => failureOf(directory, ['user', 'create', ...args]);
  const withPassword = (input: string) =>
    failureOf(directory, ['user', 'create', '--email', 'bob.smith@example.com', '--password-stdin'], {
      input,
    });

  for (const [failing, exitCode, code] of [
    [create(), 2, 'usage'],
    [create('--email', 'nonsense'), 2, 'identifier_invalid'],
    [create('--phone', '12345'), 2, 'identifier_invalid'],
    [create('--username', 'a b'), 2, 'identifier_invalid'],
    [create('--username', 'bob', '--full-name', 'two\nlines'), 2, 'usage'],
    [create('--username', 'bob', '--password', 'x', '--password-stdin'), 2, 'usage'],
    [create('--email', 'ALICE@example.com'), 4, 'identifier_taken'],
    [create('--username', 'Alice', '--email', 'other@example.com'), 4, 'identifier_taken'],
    [withPassword('short'), 4, 'password_weak'],
    [withPassword('password123'), 4, 'password_weak'],
    [withPassword('bob.smith'), 4, 'password_weak'],
    [withPassword('x'.repeat(1025)), 4, 'password_weak'],
    [withPassword(''), 2, 'usage'],
    [withPassword('x'.repeat(10_000)), 2, 'usage'],
  ] as const) {
    const failure = await failing;
    assert.equal(failure.error.code, code, JSON.stringify(failure));
    assert.equal(failure.exitCode, exitCode, JSON.stringify(failure));
  }
  assert.equal((await documentOf(directory, ['user', 'list'])).total, 1);
});

test('create tells every identifier that is malformed at once, and makes nothing', async (t) => {
  const directory = await makeDirectory(t);
  const wrong = ['--email', 'nope', '--phone', '12', '--username', 'fine'];
  const { exitCode, error } = await failureOf(directory, ['user', 'create', ...wrong]);
  assert.equal(exitCode, 2);
  assert.equal(error.code, 'identifier_invalid');
  assert.match(error.message, /^not a valid e-mail address; not a valid phone number: /);
  assert.deepEqual(await readdir(directory), []);
});

test('a password on standard input that is not UTF-8 is refused', async (t) => {
  const directory = await makeDirectory(t);
  const { code, stderr } = await latchkey(
    directory,
    ['user', 'create', '--username', 'bob', '--password-stdin'],
    {
      input: Uint8Array.of(0x61, 0xff, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x0a),
    },
  );
  assert.equal(code, 2);
  assert.match(stderr, /not UTF-8/);
});

test('a password is printed by no command, and --password warns that others can see it', async (t) => {
  const directory = await makeDirectory(t);
  const created = await latchkey(directory, [
    'user',
    'create',
    '--username',
    'carol',
    '--password',
    PASSWORD,
  ]);
  const input = `${PASSWORD}\n`;
  const others = [
    await latchkey(directory, ['user', 'set-password', 'carol', '--password-stdin', '--json'], { input }),
    await latchkey(directory, ['user', 'show', 'carol', '--json']),
    await latchkey(directory, ['user', 'list', '--json']),
  ];
  for (const { code, stdout, stderr } of [created, ...others]) {
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout + stderr, /passphrase|argon2/);
  }
  assert.match(created.stderr, /^warning: --password can be seen in the list of processes[^\n]*\n$/);
  for (const { stderr } of others) assert.equal(stderr, '');
});

test('an account that nothing could sign in to is not made: a username alone, without a password', async (t) => {
  const directory = await makeDirectory(t);
  const { exitCode, error } = await failureOf(directory, ['user', 'create', '--username', 'ann']);
  assert.deepEqual([exitCode, error.code], [2, 'usage']);
  assert.match(error.message, /--password-stdin, or --email or --phone/);
  assert.equal((await failureOf(directory, ['user', 'list'])).exitCode, 5, 'no database was made');
});

test('list shows accounts newest first, a page at a time', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['migrate']);
  assert.deepEqual(await documentOf(directory, ['user', 'list']), { accounts: [], total: 0 });
  for (const name of ['ann', 'ben', 'cat']) {
    await documentOf(directory, ['user', 'create', '--username', name, '--email', `${name}@example.com`]);
  }

  const page = await documentOf(directory, ['user', 'list', '--limit', '1', '--skip', '1']);
  assert.equal(page.total, 3);
  assert.deepEqual(
    page.accounts.map(({ username }: { username: string }) => username),
    ['ben'],
  );
  assert.deepEqual(page.accounts, [await documentOf(directory, ['user', 'show', 'ben'])]);

  const { stdout } = await latchkey(directory, ['user', 'list', '--limit', '2']);
  const [header, ...rows] = stdout.split('\n');
  assert.match(header ?? '', /^number +e-mail +phone +username +created +state$/);
  assert.match(rows[0] ?? '', /^#3 +cat@example\.com +- +cat +\S+Z +active, unverified, no password$/);
  assert.match(stdout, /1 to 2 of 3; more: --skip 2\n$/);
});

test('a reader that has seen enough is no failure', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['migrate']);
  const child = start(directory, ['user', 'list'], {});
  child.stdout?.destroy();
  const { code, stderr } = await finish(child);
  assert.equal(stderr, '');
  assert.equal(code, 0);
});

test('what somebody typed into an account cannot move the cursor of who lists it', async (t) => {
  const directory = await makeDirectory(t);
  const eve = 'eve@example.com';
  await documentOf(directory, ['user', 'create', '--email', eve, '--full-name', 'x\u202eevil\u2028y']);
  const { stdout } = await latchkey(directory, ['user', 'show', eve]);
  assert.match(stdout, /^full name +x\\u\{202e\}evil\\u\{2028\}y$/m);
});

test('disable and enable switch an account off and on', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['user', 'create', '--username', 'dora', '--phone', '+491701234561']);
  const disabled = await documentOf(directory, ['user', 'disable', 'dora']);
  assert.equal(disabled.isActive, false);
  assert.match(disabled.disabledAt, ISO);
  const enabled = await documentOf(directory, ['user', 'enable', 'dora']);
  assert.equal(enabled.isActive, true);
  assert.equal(enabled.disabledAt, null);
});

test('delete needs --yes without a terminal, and frees the identifier but not the number', async (t) => {
  const directory = await makeDirectory(t);
  const create = ['user', 'create', '--username', 'finn', '--phone', '+491701234562'];
  await documentOf(directory, create);
  assert.equal((await failureOf(directory, ['user', 'delete', 'finn'])).exitCode, 2);
  const deleted = await documentOf(directory, ['user', 'delete', 'finn', '--yes']);
  assert.equal(deleted.number, 1);
  assert.equal((await failureOf(directory, ['user', 'show', 'finn'])).exitCode, 3);
  assert.equal((await documentOf(directory, create)).number, 2);
});

test('set-password without a password is a mistake where nobody can be asked', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['user', 'create', '--username', 'gus', '--phone', '+491701234563']);
  const { exitCode, error } = await failureOf(directory, ['user', 'set-password', 'gus']);
  assert.equal(exitCode, 2);
  assert.match(error.message, /--password-stdin/);
});

test('whoever is not there is exit code 3, in every command that looks for somebody', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['migrate']);
  const unknown = [
    'nobody@example.com',
    '+491701234567',
    'nobody',
    '#99',
    '00000000-0000-4000-8000-000000000000',
  ];
  for (const identifier of unknown) {
    const { exitCode, error } = await failureOf(directory, ['user', 'show', identifier]);
    assert.equal(exitCode, 3);
    assert.deepEqual(error, { code: 'not_found', message: `no account is called "${identifier}"` });
  }
  const number = await failureOf(directory, ['user', 'show', '99']);
  assert.equal(number.error.message, 'no account is called "99"; a number is written "#99"');
  for (const empty of ['', ' ']) {
    for (const command of [
      ['user', 'show', empty],
      ['audit', 'list', '--account', empty],
      ['user', 'find', empty],
    ]) {
      const { exitCode, error } = await failureOf(directory, command);
      assert.equal(exitCode, 2, command.join(' '));
      assert.match(error.message, /^give a text: /);
    }
  }
  for (const command of [
    ['user', 'disable'],
    ['user', 'enable'],
    ['user', 'delete', '--yes'],
    ['session', 'list'],
    ['session', 'revoke'],
  ]) {
    assert.equal((await failureOf(directory, [...command, 'nobody'])).exitCode, 3, command.join(' '));
  }
  const input = PASSWORD;
  const set = await failureOf(directory, ['user', 'set-password', 'nobody', '--password-stdin'], { input });
  assert.equal(set.exitCode, 3);
});

test('what an operator does is in the audit trail, under the door cli', async (t) => {
  const directory = await makeDirectory(t);
  const { id } = await documentOf(directory, [
    'user',
    'create',
    '--username',
    'hal',
    '--phone',
    '+491701234564',
  ]);
  const input = PASSWORD;
  await documentOf(directory, ['user', 'set-password', 'hal', '--password-stdin'], { input });
  for (const command of [
    ['user', 'disable', 'hal'],
    ['user', 'enable', 'hal'],
    ['session', 'revoke', 'hal'],
    ['user', 'delete', 'hal', '--yes'],
  ]) {
    await documentOf(directory, command);
  }
  const { openStorage } = await import('../../src/storage/index.ts');
  const path = `${directory}/data/latchkey.db`;
  const { storage } = await openStorage({ engine: 'sqlite', path }, { migrations: 'refuse' });
  const events = await storage.audit.list({ accountId: id, limit: 10 });
  await storage.close();
  assert.deepEqual(events.map(({ type, door }) => `${door} ${type}`).toReversed(), [
    'cli account_created',
    'cli password_reset',
    'cli account_disabled',
    'cli account_enabled',
    'cli sessions_revoked',
    'cli account_deleted',
  ]);
});
