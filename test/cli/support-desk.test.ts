import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditEventTypes } from '../../src/core/audit/index.ts';
import { SmtpSink } from '../delivery/smtp-sink.ts';
import { send } from '../support/wire.ts';
import { serveHere } from './local-server.ts';
import { documentOf, failureOf, latchkey, makeDirectory, PASSWORD, signIn } from './support.ts';

const input = PASSWORD;
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

const auth = (url: string, path: string, json: object) => send(`${url}/api/v1/auth/${path}`, { json });

const OLD_SECRET = 'Kq7VbTz2mXw9Rj4nLp8sGf3hDc6yQe1u';
const NEW_SECRET = 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz';

test('find lists the accounts that a text may mean, at most as many as asked for', async (t) => {
  const directory = await makeDirectory(t);
  const identifiers = ['--email', 'alice@example.com', '--phone', '+49 170 1234567', '--username', 'wonder'];
  const alice = await documentOf(directory, ['user', 'create', ...identifiers]);
  const alicia = await documentOf(directory, ['user', 'create', '--email', 'alicia@example.com']);
  const find = (...args: string[]) => documentOf(directory, ['user', 'find', ...args]);
  assert.deepEqual(await find('ALI'), { accounts: [alice, alicia], more: false });
  assert.deepEqual(await find('ALI', '--limit', '1'), { accounts: [alice], more: true });
  assert.deepEqual(await find('ALI', '--limit', '2'), { accounts: [alice, alicia], more: false });
  assert.deepEqual(await find('0049 (170) 123-4567'), { accounts: [alice], more: false });
  assert.deepEqual(await find('nobody'), { accounts: [], more: false });
  assert.equal((await failureOf(directory, ['user', 'find', '#'])).exitCode, 2);
  const { code, stdout } = await latchkey(directory, ['user', 'find', 'ali', '--limit', '1']);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^#1 +alice@example\.com +\+491701234567 +wonder +\S+Z +active, unverified, no password$/m,
  );
  assert.match(stdout, /at most 1 are shown; raise --limit for more/);
  const whole = await latchkey(directory, ['user', 'find', 'ali', '--limit', '2']);
  assert.doesNotMatch(whole.stdout, /--limit/);
});

test('unlock ends a lock at once beside a running server, and show says what was locked, seen and refused', async (t) => {
  const directory = await makeDirectory(t);
  const { url } = await serveHere(t, directory, { env: { LATCHKEY_RATE_LIMITS: 'off' } });
  const account = 'alice@example.com';
  await documentOf(directory, ['user', 'create', '--email', account, '--verified', '--password-stdin'], {
    input,
  });
  assert.equal((await signIn(url, account)).status, 200);
  for (let guess = 0; guess < 5; guess += 1) await signIn(url, account, `wrong guess ${guess}`);
  assert.equal((await signIn(url, account)).status, 429);

  const locked = await documentOf(directory, ['user', 'show', account]);
  assert.deepEqual([locked.isLocked, locked.locks.length], [true, 1]);
  assert.deepEqual(locked.locks[0], { reason: 'wrong_passwords', until: locked.lockedUntil });
  assert.match(locked.lockedUntil, ISO);
  assert.match(locked.emailVerifiedAt, ISO);
  assert.equal(locked.hasTotp, false);
  for (const [occasion, type] of [
    [locked.lastSignIn, 'sign_in_succeeded'],
    [locked.lastRefusal, 'sign_in_failed'],
  ]) {
    assert.match(occasion.at, ISO);
    assert.deepEqual({ ...occasion, at: '' }, { at: '', type, contract: 'fabric', address: '127.0.0.1' });
  }
  const { stdout } = await latchkey(directory, ['user', 'show', account]);
  assert.match(stdout, /^e-mail +alice@example\.com \(verified \S+Z\)$/m);
  assert.match(stdout, /^state +active, locked until \S+Z \(wrong passwords\)$/m);
  assert.match(stdout, /^last sign-in +\S+Z at fabric from 127\.0\.0\.1$/m);
  assert.match(stdout, /^last refusal +\S+Z at fabric from 127\.0\.0\.1: wrong password or TOTP$/m);
  assert.match(stdout, /^TOTP +none$/m);

  const unlock = await latchkey(directory, ['user', 'unlock', account]);
  assert.ok(unlock.stdout.startsWith(`${account} was locked until ${locked.lockedUntil}; it is unlocked.`));
  const again = await latchkey(directory, ['user', 'unlock', account]);
  assert.ok(again.stdout.startsWith(`${account} was not locked.`), again.stdout);
  const unlocked = await documentOf(directory, ['user', 'unlock', account]);
  assert.deepEqual([unlocked.isLocked, unlocked.lockedUntil, unlocked.locks], [false, null, []]);
  assert.equal((await signIn(url, account)).status, 200);

  const { sessions } = await documentOf(directory, ['session', 'list', account]);
  assert.deepEqual(
    sessions.map(({ address, userAgent }: { address: string; userAgent: string }) => [address, userAgent]),
    [
      ['127.0.0.1', 'node'],
      ['127.0.0.1', 'node'],
    ],
  );
});

test('a pending sign-up is enabled, sent again and verified, and each command says what is true of it', async (t) => {
  const directory = await makeDirectory(t);
  const smtp = await SmtpSink.start();
  t.after(() => smtp.close());
  const env = { LATCHKEY_SMTP_URL: smtp.url(), LATCHKEY_RATE_LIMITS: 'off' };
  const { url } = await serveHere(t, directory, { env });
  const one = 'one@example.com';
  const two = 'two@example.com';
  for (const identifier of [one, two]) {
    const answer = await auth(url, 'signup', { identifier, password: PASSWORD });
    assert.equal(answer.status, 200, answer.text);
  }
  // A message whose code is dead by then would not be sent.
  await smtp.untilReceived(2);
  const enabled = await latchkey(directory, ['user', 'enable', one]);
  assert.match(enabled.stdout, /its sign-up is not confirmed, so it cannot sign in yet/);

  const resend = await documentOf(directory, ['user', 'resend', one, '--form', 'code'], { env });
  assert.equal(resend.isPending, true);
  // After one for each sign-up.
  await smtp.untilReceived(3);
  const [, code] = /\b(\d{6})\b/.exec(smtp.received[2]?.parsed.text ?? '') ?? [];
  assert.equal((await auth(url, 'signup/confirm', { identifier: one, code })).status, 200);
  assert.equal((await signIn(url, one)).status, 200);

  const again = await failureOf(directory, ['user', 'resend', one], { env });
  assert.deepEqual([again.exitCode, again.error.code], [4, 'not_pending']);
  const foreign = await failureOf(directory, ['user', 'resend', two, '--contract', 'ibanera'], { env });
  assert.equal(foreign.exitCode, 2);
  assert.match(foreign.error.message, /--contract can be fabric or notes/);

  const verified = await documentOf(directory, ['user', 'verify', two]);
  assert.deepEqual([verified.isPending, verified.isVerified], [false, true]);
  assert.equal((await signIn(url, two)).status, 200);
  const absent = await failureOf(directory, ['user', 'verify', two, '--phone']);
  assert.deepEqual([absent.exitCode, absent.error.code], [4, 'identifier_absent']);
});

test('update changes names, identifiers and rights, and refuses what is taken or nothing at all', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['user', 'create', '--email', 'ann@example.com', '--verified', '--staff']);
  await documentOf(directory, ['user', 'create', '--username', 'ben', '--email', 'ben@example.com']);
  const changed = await documentOf(directory, [
    ...['user', 'update', 'ann@example.com', '--email', 'anna@example.com', '--phone', '+4917012345678'],
    ...['--username', 'anna', '--full-name', 'Anna', '--superuser', '--no-staff'],
  ]);
  const { email, phone, username, fullName, isSuperuser, isStaff, isVerified } = changed;
  assert.deepEqual(
    [email, phone, username, fullName],
    ['anna@example.com', '+4917012345678', 'anna', 'Anna'],
  );
  assert.deepEqual([isSuperuser, isStaff, isVerified], [true, false, false]);
  for (const [args, exitCode, code] of [
    [['ben', '--username', 'ANNA'], 4, 'identifier_taken'],
    [['ben', '--phone', '+4917012345678'], 4, 'identifier_taken'],
    [['ben', '--email', 'nonsense'], 2, 'identifier_invalid'],
    [['ben'], 2, 'usage'],
    [['ben', '--superuser', '--no-superuser'], 2, 'usage'],
    [['ben', '--no-staff', '--staff'], 2, 'usage'],
    [['nobody', '--staff'], 3, 'not_found'],
  ] as const) {
    const failure = await failureOf(directory, ['user', 'update', ...args]);
    assert.deepEqual([failure.exitCode, failure.error.code], [exitCode, code]);
  }
});

test('audit list filters by account, type and time, and names the types that there are', async (t) => {
  const directory = await makeDirectory(t);
  const { id } = await documentOf(directory, [
    'user',
    'create',
    '--username',
    'ann',
    '--phone',
    '+491701234501',
  ]);
  await documentOf(directory, ['user', 'create', '--username', 'ben', '--phone', '+491701234502']);
  await documentOf(directory, ['user', 'disable', 'ann']);
  const listed = async (...args: string[]) => {
    const { events } = await documentOf(directory, ['audit', 'list', ...args]);
    return events.map(({ type }: { type: string }) => type);
  };
  assert.deepEqual(await listed('--account', 'ANN', '--since', '1h'), [
    'account_disabled',
    'account_created',
  ]);
  assert.deepEqual(await listed('--type', 'account_created', '--limit', '1'), ['account_created']);
  assert.deepEqual(await listed('--since', '2999-01-01'), []);
  await documentOf(directory, ['user', 'delete', 'ann', '--yes']);
  const { stdout } = await latchkey(directory, ['audit', 'list', '--account', id]);
  assert.match(
    stdout,
    /^at +type +account +contract +actor +address +detail\n\S+Z +account_deleted +\S+ +cli +cli:\S+/,
  );
  for (const [args, message] of [
    [['--type', 'account_craeted'], /Did you mean account_created\?/],
    [['--type', 'x'], new RegExp(`The types are: ${auditEventTypes.join(', ')}$`)],
    [
      ['--since', 'yesterday'],
      /neither a duration, such as 24h or 7d, nor a date, such as 2026-11-28, nor an instant/,
    ],
    [['--since', '2026-13-01'], /neither a duration/],
  ] as const) {
    const { exitCode, error } = await failureOf(directory, ['audit', 'list', ...args]);
    assert.equal(exitCode, 2);
    assert.match(error.message, message);
  }
});

test('message test sends a mail and reports how it went by its exit code', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['migrate']);
  const smtp = await SmtpSink.start();
  t.after(() => smtp.close());
  const env = { LATCHKEY_SMTP_URL: smtp.url() };
  const command = ['message', 'test', '--to', 'me@example.com'];
  assert.deepEqual(await documentOf(directory, command, { env }), { to: 'me@example.com', channel: 'smtp' });
  assert.deepEqual(
    smtp.received.map(({ rcptTo }) => rcptTo),
    [['me@example.com']],
  );
  assert.match(smtp.received[0]?.parsed.text ?? '', /This is a test message/);

  smtp.behaviour = 'refuse_for_good';
  const refused = await failureOf(directory, command, { env });
  assert.deepEqual([refused.exitCode, refused.error.code], [4, 'delivery_refused']);
  assert.match(refused.error.message, /550/);
  const unreachable = { LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:1' };
  const failed = await failureOf(directory, command, { env: unreachable });
  assert.deepEqual([failed.exitCode, failed.error.code], [5, 'delivery_failed']);
  for (const [to, setting] of [
    ['me@example.com', /LATCHKEY_SMTP_URL is not set/],
    ['+4917012345678', /LATCHKEY_SMS_URL is not set/],
  ] as const) {
    const { exitCode, error } = await failureOf(directory, ['message', 'test', '--to', to]);
    assert.deepEqual([exitCode, error.code], [4, 'no_channel']);
    assert.match(error.message, setting);
  }
  for (const to of ['01701234567', '0170 / 123 45 67']) {
    const { exitCode, error } = await failureOf(directory, ['message', 'test', '--to', to]);
    assert.equal(exitCode, 2);
    assert.match(error.message, /country code first, such as \+49/);
  }
  const { stdout } = await latchkey(directory, ['message', 'test', '--help']);
  assert.match(stdout, /no_channel \(exit code 4\)/);
});

test('message list shows what waits and why, and never a code or link', async (t) => {
  const directory = await makeDirectory(t);
  const env = { LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:1', LATCHKEY_SECRET: OLD_SECRET };
  const { url, printed } = await serveHere(t, directory, { env });
  await auth(url, 'signup', { identifier: 'new@example.com', password: PASSWORD });
  await printed(/ECONNREFUSED/);
  const { messages } = await documentOf(directory, ['message', 'list'], { env });
  const [message] = messages;
  assert.equal(messages.length, 1);
  const { channel, state, topic, to, isDecoy, settledAt, failure } = message;
  assert.deepEqual([channel, state, topic, to], ['email', 'pending', 'sign_up', 'new@example.com']);
  assert.deepEqual([isDecoy, settledAt], [false, null]);
  assert.match(failure, /ECONNREFUSED/);
  assert.ok(message.attempts >= 1);
  for (const field of ['code', 'link', 'sealed']) assert.ok(!(field in message), field);
  // After the secret was replaced nothing can open the message; the rest of it is shown.
  const replaced = { LATCHKEY_SECRET: NEW_SECRET, LATCHKEY_PREVIOUS_SECRETS: OLD_SECRET };
  const { stdout } = await latchkey(directory, ['message', 'list'], { env: { ...env, ...replaced } });
  assert.match(stdout, /^\S+Z +email +pending +- +- +\d+ +\S/m);
});
