import assert from 'node:assert/strict';
import { test } from 'node:test';
import { totpAt } from '../../src/crypto/totp.ts';
import { send } from '../support/wire.ts';
import { serveHere } from './local-server.ts';
import { documentOf, failureOf, latchkey, makeDirectory, PASSWORD } from './support.ts';

const alice = ['user', 'create', '--email', 'alice@example.com', '--username', 'alice', '--verified'];

test('what enroll prints signs in at a running server, and what remove takes does no more', async (t) => {
  const directory = await makeDirectory(t);
  const { url } = await serveHere(t, directory);
  await documentOf(directory, [...alice, '--password-stdin'], { input: PASSWORD });
  const enrolled = await documentOf(directory, ['totp', 'enroll', 'alice']);
  assert.match(enrolled.secret, /^[A-Z2-7]{32}$/);
  assert.deepEqual([enrolled.replaced, enrolled.account.username], [false, 'alice']);
  const { searchParams, pathname } = new URL(enrolled.uri);
  assert.equal(decodeURIComponent(pathname), '/Latchkey:alice@example.com');
  assert.deepEqual([searchParams.get('issuer'), searchParams.get('secret')], ['Latchkey', enrolled.secret]);

  const logIn = (json: object) => send(`${url}/api/v1/public/auth/login`, { json });
  const otp = totpAt(enrolled.secret, Date.now());
  const entered = await logIn({ username: 'alice', password: PASSWORD, otp });
  assert.equal(entered.status, 200, entered.text);

  const again = await documentOf(directory, ['totp', 'enroll', 'alice@example.com']);
  assert.equal(again.replaced, true);
  assert.notEqual(again.secret, enrolled.secret);
  const headers = { otp: totpAt(again.secret, Date.now()) };
  const bearer = entered.body.details.accessToken;
  const me = await send(`${url}/api/v1/private/auth/me`, { bearer, headers });
  assert.equal(me.status, 401, 'a new secret ends the sessions of the one before');

  assert.equal((await documentOf(directory, ['totp', 'remove', 'alice'])).username, 'alice');
  const removed = await logIn({ username: 'alice', password: PASSWORD, otp: headers.otp });
  assert.equal(removed.body.errors[0].messageCode, 'Account_Not_Verified');
});

test('enroll shows a QR code to people who ask for one', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, alice);
  const plain = await latchkey(directory, ['totp', 'enroll', 'alice']);
  assert.match(plain.stdout, /^secret {2}[A-Z2-7]{32}$/m);
  assert.match(plain.stdout, /^uri {5}otpauth:\/\/totp\//m);
  assert.doesNotMatch(plain.stdout, /█/);
  const shown = await latchkey(directory, ['totp', 'enroll', 'alice', '--qr']);
  assert.match(shown.stdout, /the one before is void/);
  const rows = shown.stdout.split('\n').filter((line) => /^[█▀▄ ]+$/.test(line));
  // Two modules a character; a URI of this length takes a square of 45 with its border.
  assert.ok(rows.length >= 20 && rows.every((row) => row.length === rows[0]?.length), shown.stdout);
});

test('what cannot be done is said, with an exit code', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, alice);
  const absent = await failureOf(directory, ['totp', 'remove', 'alice']);
  assert.deepEqual([absent.exitCode, absent.error.code], [4, 'totp_absent']);
  const nobody = await failureOf(directory, ['totp', 'enroll', 'bob']);
  assert.deepEqual([nobody.exitCode, nobody.error.code], [3, 'not_found']);
  assert.equal((await failureOf(directory, ['totp', 'enroll'])).exitCode, 2);
});

test('secrets outlive the replacement of LATCHKEY_SECRET, and the former one can be given up', async (t) => {
  const directory = await makeDirectory(t);
  const former = 'Kq7VbTz2mXw9Rj4nLp8sGf3hDc6yQe1u';
  const current = 'Wn5kHr8vYt2cMb7zJx4qPd9gSf3aLe6U';
  await documentOf(directory, [...alice, '--password-stdin'], {
    input: PASSWORD,
    env: { LATCHKEY_SECRET: former },
  });
  const { secret } = await documentOf(directory, ['totp', 'enroll', 'alice'], {
    env: { LATCHKEY_SECRET: former },
  });
  const logIn = async (env: Record<string, string>) => {
    const server = await serveHere(t, directory, { env });
    const json = { username: 'alice', password: PASSWORD, otp: totpAt(secret, Date.now()) };
    const answer = await send(`${server.url}/api/v1/public/auth/login`, { json });
    await server.end();
    return { answer, stdout: server.stdout() };
  };
  const { exitCode } = await failureOf(directory, ['serve'], { env: { LATCHKEY_SECRET: current } });
  assert.equal(exitCode, 2);

  const rotated = await serveHere(t, directory, {
    env: { LATCHKEY_SECRET: current, LATCHKEY_PREVIOUS_SECRETS: former },
  });
  await rotated.printed(/1 TOTP secret sealed anew/);
  await rotated.end();
  const found = await logIn({ LATCHKEY_SECRET: current });
  assert.equal(found.answer.status, 200, found.answer.text);
  for (const text of [former, current]) assert.equal(found.stdout.includes(text), false);
});
