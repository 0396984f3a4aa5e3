import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AuthError } from '../../../src/core/errors.ts';
import type { WireAnswer } from '../../support/wire.ts';
import {
  assertAlike,
  assertHeaders,
  breakDatabase,
  ENDPOINTS,
  JSON_TYPE,
  no,
  PASSWORD,
  PREFIXES,
  says,
  start,
} from './driver.ts';

const ORIGIN = 'https://app.example.com';
const vibemobi = await start({ env: { LATCHKEY_CORS_ORIGINS: ORIGIN } });
const { fabric } = vibemobi;

/** Both prefixes, both slash forms. */
const formsOf = (path: string): string[] =>
  PREFIXES.flatMap((prefix) => [`${prefix}${path}`, `${prefix}${path}/`]);

describe('every endpoint', () => {
  test('is at both prefixes, with and without the trailing slash, and answers the same there', async () => {
    for (const { method, path, required } of ENDPOINTS) {
      const [first = '', ...others] = formsOf(path);
      const request = { method, ...(required && { json: {} }) };
      const answer = await fabric.send(first, request);
      assert.ok(answer.status !== 404 && answer.status !== 405, path);
      assertHeaders(answer);
      for (const other of others) assertAlike(await fabric.send(other, request), answer, other);
    }
  });

  test('refuses every other method, and names the ones that it has', async () => {
    for (const path of new Set(ENDPOINTS.map((endpoint) => endpoint.path))) {
      const known = ENDPOINTS.filter((endpoint) => endpoint.path === path).map(
        ({ method }) => method as string,
      );
      const allowed = known.includes('GET') ? [...known, 'HEAD'] : known;
      const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !allowed.includes(method));
      // The paths of the parameter answer for the fixed ones beside it, too.
      const isFixed = ['/users/me', '/users/signup'].includes(path);
      for (const url of formsOf(path)) {
        for (const method of others) {
          const answer = await fabric.send(url, { method });
          if (isFixed && answer.status !== 405) continue;
          says(answer, no.method);
          const named = answer.headers.get('allow')?.split(', ') ?? [];
          if (isFixed) assert.ok(allowed.every((name) => named.includes(name)));
          else assert.deepEqual(named.toSorted(), allowed.toSorted());
        }
      }
    }
  });

  test('that there is not is 404, at both prefixes', async () => {
    for (const path of [
      '/nothing',
      '/login',
      '/users/me/nothing',
      '/password-recovery',
      '/reset-password/x',
      '/private',
    ]) {
      for (const url of formsOf(path)) {
        for (const method of ['GET', 'POST', 'DELETE']) says(await fabric.send(url, { method }), no.notFound);
      }
    }
  });

  test('refuses more than 16 KiB, in the shape of the contract', async () => {
    const body = JSON.stringify({ email: 'a'.repeat(16 * 1_024) });
    for (const { method, path } of ENDPOINTS.filter(({ required }) => required !== undefined)) {
      const answer = await vibemobi.send(path, { method, body, headers: JSON_TYPE });
      assert.equal(answer.status, 413);
      assert.deepEqual([Object.keys(answer.body), typeof answer.body.detail], [['detail'], 'string']);
      assertHeaders(answer);
    }
  });

  test('answers a path that is no URL in the shape of the contract', async () => {
    for (const prefix of PREFIXES) {
      for (const path of ['/%zz', '/users/%', '/password-recovery/%c3%28']) {
        for (const method of ['GET', 'POST']) {
          const answer = await fabric.send(`${prefix}${path}`, { method });
          assert.ok(answer.status >= 400 && answer.status < 500);
          assert.deepEqual(Object.keys(answer.body), ['detail']);
        }
      }
    }
  });
});

describe('the health check', () => {
  const PATH = '/utils/health-check/';

  test('is true, for anybody who asks', async () => {
    says(await vibemobi.get(PATH), [200, true]);
    says(await vibemobi.get(PATH, 'nonsense'), [200, true]);
  });

  test('is 503 with the database away, and so is everything else', async (t) => {
    const { email, bearer } = await vibemobi.member();
    breakDatabase(
      t,
      fabric,
      () => new AuthError('storage_unavailable', { retryAfterMs: 2_500, reason: 'disk' }),
    );
    for (const answer of [
      await vibemobi.get(PATH),
      await vibemobi.get('/users/me', bearer),
      await vibemobi.logIn(email),
      await vibemobi.recover(email),
      await vibemobi.post('/users/signup', { email: vibemobi.email(), password: PASSWORD }),
      await vibemobi.reset(`${'0'.repeat(32)}${'A'.repeat(43)}`),
    ]) {
      assert.equal(answer.status, 503);
      assert.deepEqual(Object.keys(answer.body), ['detail']);
      assert.doesNotMatch(answer.text, /disk/);
      assertHeaders(answer);
    }
    t.mock.restoreAll();
    says(await vibemobi.get(PATH), [200, true]);
  });

  test('a bug is a 500 that tells nothing', async (t) => {
    const { email } = await vibemobi.member();
    breakDatabase(t, fabric, () => new TypeError('SELECT hash FROM passwords'));
    says(await vibemobi.logIn(email), [500, { detail: 'Internal Server Error' }]);
  });
});

describe('a page of a named origin', () => {
  const from = (origin: string) => ({ headers: { origin } });

  function assertReadable({ status, headers }: WireAnswer, expected: number): void {
    assert.deepEqual([status, headers.get('access-control-allow-origin')], [expected, ORIGIN]);
    assert.match(headers.get('vary') ?? '', /origin/i);
    assert.match(headers.get('access-control-expose-headers') ?? '', /retry-after/i);
  }

  test('reads successes and refusals alike', async () => {
    const { email, bearer } = await vibemobi.member();
    const more = from(ORIGIN);
    const { headers } = more;
    assertReadable(await vibemobi.form({ username: email, password: PASSWORD }, headers), 200);
    assertReadable(await vibemobi.form({ username: email, password: 'wrong' }, headers), 400);
    assertReadable(await vibemobi.send('/users/me', more), 401);
    assertReadable(await vibemobi.send('/users/', { ...more, bearer }), 403);
    assertReadable(await vibemobi.send('/nothing', more), 404);
    assertReadable(await vibemobi.send('/users/me', { ...more, method: 'POST' }), 405);
    assertReadable(
      await vibemobi.send('/users/me', {
        ...more,
        bearer,
        method: 'PATCH',
        json: { email: (await fabric.member()).email },
      }),
      409,
    );
    const large = { body: 'x'.repeat(17_000), headers: { ...JSON_TYPE, ...headers } };
    assertReadable(await vibemobi.post('/users/signup', undefined, large), 413);
    assertReadable(await vibemobi.post('/users/signup', {}, more), 422);
    const limited = await start({
      env: {
        LATCHKEY_CORS_ORIGINS: ORIGIN,
        LATCHKEY_RATE_LIMITS: 'on',
        LATCHKEY_SIGN_IN_ADDRESS_LIMIT: '1/1m',
      },
    });
    await limited.form({ username: email, password: 'x' }, headers);
    assertReadable(await limited.form({ username: email, password: 'x' }, headers), 429);
  });

  test('may send every method, the token and JSON', async () => {
    for (const { method, path } of ENDPOINTS) {
      for (const url of formsOf(path)) {
        const answer = await fabric.send(url, {
          method: 'OPTIONS',
          headers: {
            origin: ORIGIN,
            'access-control-request-method': method,
            'access-control-request-headers': 'authorization,content-type',
          },
        });
        assert.equal(answer.status, 204);
        assert.equal(answer.headers.get('access-control-allow-origin'), ORIGIN);
        const names = answer.headers.get('access-control-allow-methods') ?? '';
        assert.ok(names.split(/,\s*/).includes(method), names);
        for (const name of ['authorization', 'content-type']) {
          assert.ok(answer.headers.get('access-control-allow-headers')?.toLowerCase().includes(name));
        }
      }
    }
  });

  // SEC-077
  test('is the only one: any other reads nothing', async () => {
    for (const origin of [
      'null',
      'https://evil.example',
      `${ORIGIN}.evil.example`,
      'http://app.example.com',
      '*',
    ]) {
      for (const answer of [
        await vibemobi.send('/users/me', from(origin)),
        await vibemobi.post('/users/signup', {}, from(origin)),
        await vibemobi.send('/users/me', {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'PATCH' },
        }),
      ]) {
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
      }
    }
  });
});
