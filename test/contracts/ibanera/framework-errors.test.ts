import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AuthError } from '../../../src/core/errors.ts';
import {
  assertAlike,
  ENDPOINTS,
  LOGIN,
  ME,
  no,
  PASSWORD,
  PRIVATE,
  PUBLIC,
  REFRESH,
  says,
  start,
} from './driver.ts';

const ibanera = await start();
const JSON_TYPE = { 'content-type': 'application/json' };
const writing = ENDPOINTS.filter(({ method }) => method === 'POST');
const bothForms = (path: string) => [path, `${path}/`];

describe('every endpoint', () => {
  test('answers with and without the trailing slash, the same way, with no redirect', async () => {
    for (const { method, path, toNothing } of ENDPOINTS) {
      const request = method === 'GET' ? { method } : { method, json: {} };
      const [bare, slashed] = [await ibanera.send(path, request), await ibanera.send(`${path}/`, request)];
      assertAlike(bare, slashed);
      says(bare, toNothing);
    }
  });

  test('takes a missing or empty body for an empty object', async () => {
    for (const { path, toNothing } of writing) {
      says(await ibanera.send(path, { method: 'POST' }), toNothing);
      says(await ibanera.send(path, { method: 'POST', body: '', headers: JSON_TYPE }), toNothing);
    }
  });

  test('says malformed to broken JSON, and to JSON that is no object', async () => {
    const invalid = Uint8Array.from([0x22, 0xff, 0x22]);
    for (const { path } of writing) {
      for (const url of bothForms(path)) {
        for (const body of [
          '{',
          '{"a":1',
          'x',
          '[]',
          '[{}]',
          'null',
          '"a"',
          '7',
          'true',
          '{"a":1,"a":2}',
          invalid,
        ]) {
          says(await ibanera.send(url, { method: 'POST', body, headers: JSON_TYPE }), no.malformed);
        }
      }
    }
  });

  test('refuses every other method, and names the ones that it has', async () => {
    for (const { path, method } of ENDPOINTS) {
      const allowed: string[] = method === 'GET' ? ['GET', 'HEAD'] : [method];
      for (const other of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        if (allowed.includes(other)) continue;
        for (const url of bothForms(path)) {
          const answer = await ibanera.send(url, { method: other });
          says(answer, no.method);
          assert.deepEqual(answer.headers.get('allow')?.split(', '), allowed);
        }
      }
    }
  });

  test('refuses more than 16 KiB', async () => {
    const body = JSON.stringify({ username: 'a'.repeat(16 * 1024) });
    for (const { path } of writing) {
      says(await ibanera.send(path, { method: 'POST', body, headers: JSON_TYPE }), no.tooLarge);
    }
  });

  test('refuses another media type, and none', async () => {
    for (const { path } of writing) {
      for (const headers of [{ 'content-type': 'text/html' }, { 'content-type': 'nonsense' }]) {
        says(await ibanera.send(path, { method: 'POST', body: '{}', headers }), no.mediaType);
      }
    }
  });
});

test('an unknown path under the prefix is not found in the envelope', async () => {
  for (const path of [
    PUBLIC,
    PRIVATE,
    `${PUBLIC}/`,
    `${PUBLIC}/x`,
    `${PRIVATE}/me/x`,
    `${LOGIN}//`,
    `${PUBLIC}/me`,
  ]) {
    for (const method of ['GET', 'POST']) says(await ibanera.send(path, { method }), no.notFound);
  }
});

test('a URL that is broken is malformed, in the envelope', async () => {
  const answer = await ibanera.raw(`GET ${PUBLIC}/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.ok(answer.endsWith(JSON.stringify(no.malformed[1])), answer);
});

describe('when the database does not answer', () => {
  test('every endpoint is unavailable, and says when to come back', async (t) => {
    const partner = await ibanera.signedIn();
    const fail = async (): Promise<never> => {
      throw new AuthError('storage_unavailable', { retryAfterMs: 1_000, reason: 'pulled the plug' });
    };
    const { accounts, sessions, refreshTokens } = ibanera.server.app.storage;
    t.mock.method(accounts, 'findByIdentifier', fail);
    t.mock.method(sessions, 'findLive', fail);
    t.mock.method(refreshTokens, 'exchange', fail);
    says(await ibanera.logIn(partner.username, PASSWORD, '123456'), no.unavailable);
    says(await ibanera.refresh(partner.refreshToken), no.unavailable);
    says(await ibanera.me(partner.accessToken, ibanera.code(partner)), no.unavailable);
    says(await ibanera.logOut(partner.accessToken, ibanera.code(partner)), no.unavailable);
  });

  test('and when a bug is met, nothing of it is shown', async (t) => {
    const partner = await ibanera.signedIn();
    const bug = async (): Promise<never> => {
      throw new TypeError('select secret from table');
    };
    const { accounts, sessions } = ibanera.server.app.storage;
    t.mock.method(accounts, 'findByIdentifier', bug);
    t.mock.method(sessions, 'findLive', bug);
    says(await ibanera.logIn(partner.username, PASSWORD, '123456'), no.serverError);
    says(await ibanera.me(partner.accessToken, ibanera.code(partner)), no.serverError);
  });
});

// SEC-099
test('overload is unavailable, and says when to come back', async (t) => {
  const { passwords } = ibanera.server.app.core;
  t.mock.method(passwords, 'assertRoom', () => {
    throw new AuthError('overloaded', { retryAfterMs: 2_000 });
  });
  says(await ibanera.logIn('somebody', PASSWORD, '123456'), no.unavailable);
});

test('a HEAD is answered like a GET, without the body', async () => {
  for (const [path, status] of [
    [ME, 401],
    [REFRESH, 405],
  ] as const) {
    const answer = await fetch(`${ibanera.server.url}${path}`, { method: 'HEAD' });
    assert.deepEqual([answer.status, await answer.text()], [status, '']);
  }
});

// SEC-087
test('no password, code, token or secret is logged', async () => {
  const partner = await ibanera.signedIn();
  const code = ibanera.code(partner);
  await ibanera.me(partner.accessToken, code);
  await ibanera.me(partner.accessToken, ibanera.wrongCode(partner));
  await ibanera.logIn(partner.username, 'a passphrase for the log', code);
  await ibanera.refresh(partner.refreshToken);
  const logged = ibanera.server.logged();
  assert.match(logged, /"refusal":"totp_invalid"/);
  for (const secret of [
    PASSWORD,
    'a passphrase for the log',
    partner.accessToken,
    partner.refreshToken,
    partner.secret,
    `"${code}"`,
  ]) {
    assert.equal(logged.includes(secret), false);
  }
});
