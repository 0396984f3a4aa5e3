import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { send } from '../../support/wire.ts';
import {
  assertAlike,
  assertHeaders,
  BASES,
  ENDPOINTS,
  type Expected,
  loginOf,
  multipart,
  no,
  PASSWORD,
  refreshOf,
  says,
  start,
} from './driver.ts';

const notes = await start();
const URLENCODED = { 'content-type': 'application/x-www-form-urlencoded' };
const paths = BASES.flatMap((base) => ENDPOINTS.map((endpoint) => `${base}/${endpoint}`));
const post = (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = URLENCODED,
) => notes.send(path, { method: 'POST', body, headers });

describe('every endpoint', () => {
  test('answers under both mounts, with and without the trailing slash, the same way', async () => {
    for (const endpoint of ENDPOINTS) {
      const [first, ...others] = await Promise.all(
        BASES.flatMap((base) => [`${base}/${endpoint}`, `${base}/${endpoint}/`]).map((path) =>
          post(path, ''),
        ),
      );
      assert.ok(first);
      says(first, no.badRequest);
      for (const other of others) assertAlike(first, other, endpoint);
    }
  });

  test('does its work under both mounts, from urlencoded and from multipart', async () => {
    for (const base of BASES) {
      for (const multipart of [false, true]) {
        const request = { base, multipart };
        const person = notes.person();
        assert.equal((await notes.signup(person, PASSWORD, request)).status, 200);
        await notes.verify(await notes.linkToken(person.email));
        const { access, refresh } = loginOf(await notes.login(person.username, PASSWORD, request));
        const next = refreshOf(await notes.refresh(refresh, request), refresh);
        for (const bearer of [access, next.access]) {
          const answer = await notes.post('current', {}, { ...request, bearer });
          says(answer, [200, { username: person.username }]);
        }
      }
    }
  });

  test('reads the query beside the body, and the body wins', async () => {
    const { username } = await notes.member();
    const query = { username, password: PASSWORD };
    loginOf(await notes.post('login', {}, { query }));
    loginOf(await notes.send(`/auth/login?${new URLSearchParams(query)}`, { method: 'POST' }));
    loginOf(await notes.post('login', { password: PASSWORD }, { query: { username } }));
    loginOf(await notes.post('login', { username }, { query: { username: 'nobody', password: PASSWORD } }));
    says(await notes.post('login', { username: 'nobody' }, { query }), no.wrong);
    says(await notes.post('login', { username: '' }, { query }), no.badRequest);
    loginOf(await notes.post('login', { username }, { query, multipart: true }));
  });

  test('reads a name once: twice in the body or the query is no request', async () => {
    const { username } = await notes.member();
    const name = `username=${username}`;
    const twice = `${name}&password=${PASSWORD}&${name}`;
    says(await post('/auth/login', twice), no.badRequest);
    says(await post(`/auth/login?${twice}`, ''), no.badRequest);
    for (const endpoint of ['refresh', 'signup', 'current']) {
      says(await post(`/auth/${endpoint}?x=1&x=2`, ''), no.badRequest);
    }
    const { body, headers } = multipart([
      ['username', username],
      ['password', PASSWORD],
      ['password', PASSWORD],
    ]);
    says(await post('/auth/login', body, headers), no.badRequest);
  });

  test('refuses every other method with 400', async () => {
    for (const path of [...paths, '/auth/login/', '/verify', '/verify/']) {
      const others = path.startsWith('/verify') ? [] : ['GET'];
      for (const method of [...others, 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        says(await notes.send(path, { method }), no.badRequest);
      }
    }
    const head = await fetch(`${notes.server.url}/auth/login`, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [400, '']);
  });

  test('reads forms only: a JSON body or any other is 400', async () => {
    const { username } = await notes.member();
    const json = JSON.stringify({ username, password: PASSWORD });
    for (const path of [...paths, '/verify']) {
      for (const type of ['application/json', 'text/plain', 'application/xml', 'application', '']) {
        says(await post(path, json, { 'content-type': type }), no.badRequest);
      }
    }
  });

  test('refuses a form that is broken', async () => {
    const broken = [
      ['username=a\u00e9', URLENCODED],
      ['username=%ff&password=x', URLENCODED],
      ['username', { 'content-type': 'multipart/form-data' }],
      ['no boundary here', { 'content-type': 'multipart/form-data; boundary=x' }],
    ] as const;
    for (const path of paths) {
      for (const [body, headers] of broken) says(await post(path, body, headers), no.badRequest);
      says(await post(`${path}?username=%ff`, ''), no.badRequest);
    }
  });

  test('refuses more than 16 KiB with 413', async () => {
    for (const path of [...paths, '/verify']) {
      says(await post(path, `username=${'x'.repeat(16 * 1024)}`), no.tooLarge);
    }
  });
});

test('an unknown path under a mount is 404 `method_not_found`, whatever the method', async () => {
  for (const path of [
    '/auth',
    '/auth/',
    '/auth/nothing',
    '/api/auth',
    '/api/auth/x/y',
    '/auth/login/x',
    '/verify/x',
  ]) {
    for (const method of ['GET', 'POST', 'DELETE']) says(await notes.send(path, { method }), no.notFound);
  }
  assert.notEqual((await notes.send('/authority')).text, JSON.stringify({ error: 'method_not_found' }));
});

test('an address that cannot be read is 400', async () => {
  for (const path of ['/auth/%ff', '/verify/%', '/api/auth/%zz']) {
    says(await notes.send(path, { method: 'POST' }), no.badRequest);
  }
});

test('a field of a prototype is no field', async () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    says(await post('/auth/login', `${name}=x&${name}2=y`), no.badRequest);
    says(await post(`/auth/login?${name}=x`, ''), no.badRequest);
  }
});

/** What may come out of a fuzzed request: no 500, no other shape. */
const ALLOWED: readonly Expected[] = [
  no.badRequest,
  no.wrong,
  no.invalidRefresh,
  no.expiredRefresh,
  no.taken,
  no.expired,
  no.tooLarge,
  no.notFound,
];

// SEC-082, SEC-040
test('whatever the body, the query and the headers are, the answer has the shape of the contract', async () => {
  const allowed = new Set(ALLOWED.map((expected) => JSON.stringify(expected)));
  const types = fc.constantFrom(
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'multipart/form-data; boundary=""',
    'multipart/form-data',
    'application/json',
    'text/plain;charset=\u00ff',
  );
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  const names = fc.constantFrom('username', 'password', 'email', 'refresh_token', 'token', '__proto__', '');
  const form = fc
    .array(fc.tuple(names, text), { maxLength: 5 })
    .map((fields) =>
      Buffer.from(new URLSearchParams(fields.map(([name, value]) => [name, value])).toString()),
    );
  const parts = fc
    .array(fc.tuple(names, text), { maxLength: 3 })
    .map((fields) => Buffer.from(multipart(fields).body.replaceAll('----form-of-a-test', 'x')));
  const bytes = fc.uint8Array({ maxLength: 80 }).map((raw) => Buffer.from(raw));
  const request = fc.record({
    path: fc.constantFrom(...paths, '/verify'),
    type: types,
    body: fc.oneof(form, parts, bytes),
    query: fc.oneof(fc.constant(''), form.map(String), text.map(encodeURI)),
    bearer: fc.constantFrom(undefined, 'a.', `a.${'f'.repeat(64)}`, 'x'),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ path, type, body, query, bearer }) => {
      const answer = await send(`${notes.server.url}${path}?${query}`, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { 'content-type': type.replace('\u00ff', '') },
        ...(bearer !== undefined && { bearer }),
      });
      if (path === '/verify' && answer.status === 200) {
        assert.match(answer.text, /<h1>Cannot Verify</);
        return;
      }
      if (answer.status === 200) {
        // Three fields by chance made a sign-up.
        assert.equal(answer.body.message, 'Signup success');
        return;
      }
      assert.ok(allowed.has(JSON.stringify([answer.status, answer.body])), `${answer.status} ${answer.text}`);
      assertHeaders(answer);
    }),
    { numRuns: 300 },
  );
});
