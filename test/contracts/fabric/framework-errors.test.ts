import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { failAttempt } from '../../../src/storage/conformance/fixture.ts';
import { AUTH, assertAlike, breakDatabase, ENDPOINTS, ME, no, PASSWORD, says, start } from './driver.ts';

const fabric = await start();
const JSON_TYPE = { 'content-type': 'application/json' };
const SIGN_UP = `${AUTH}/signup/`;
const PREFIXES = [AUTH, ME, '/health'];
const writing = ENDPOINTS.filter(({ method }) => method !== 'GET');
const bothForms = (path: string) => [path, `${path}/`];
const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = JSON_TYPE) =>
  fabric.send(SIGN_UP, { method: 'POST', body, headers });

describe('every endpoint', () => {
  test('answers with and without the trailing slash, the same way, with no redirect', async () => {
    for (const { method, path, toNothing } of ENDPOINTS) {
      const request = method === 'GET' ? { method } : { method, json: {} };
      const [bare, slashed] = [await fabric.send(path, request), await fabric.send(`${path}/`, request)];
      assertAlike(bare, slashed, path);
      if (toNothing !== undefined) says(bare, toNothing);
    }
  });

  test('takes a missing or empty body for an empty object', async () => {
    for (const { method, path, toNothing } of writing) {
      assert.ok(toNothing);
      says(await fabric.send(path, { method }), toNothing);
      says(await fabric.send(path, { method, body: '', headers: JSON_TYPE }), toNothing);
    }
  });

  test('refuses every other method, and names the ones that it has', async () => {
    const paths = new Set(ENDPOINTS.map(({ path }) => path));
    for (const path of paths) {
      const known = ENDPOINTS.filter((endpoint) => endpoint.path === path).map(
        ({ method }) => method as string,
      );
      const allowed = known.includes('GET') ? [...known, 'HEAD'] : known;
      const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].filter(
        (method) => !allowed.includes(method),
      );
      for (const method of others) {
        for (const url of bothForms(path)) {
          const answer = await fabric.send(url, { method });
          says(answer, no.method(method));
          assert.deepEqual(answer.headers.get('allow')?.split(', '), allowed);
        }
      }
    }
  });

  test('answers HEAD like GET, without the body', async () => {
    for (const [path, status] of [
      ['/health', 200],
      ['/health/', 200],
      [ME, 401],
      [`${ME}/`, 401],
      [SIGN_UP, 405],
    ] as const) {
      const answer = await fetch(`${fabric.server.url}${path}`, { method: 'HEAD' });
      assert.deepEqual([answer.status, await answer.text()], [status, '']);
    }
  });

  test('reads JSON only: any other content type is 415 and is quoted', async () => {
    for (const { method, path } of writing) {
      for (const url of bothForms(path)) {
        const headers = { 'content-type': 'text/plain' };
        says(await fabric.send(url, { method, body: '{}', headers }), no.mediaType('text/plain'));
      }
    }
  });

  test('refuses broken JSON', async () => {
    for (const { method, path } of writing) {
      for (const url of bothForms(path)) {
        says(await fabric.send(url, { method, body: '{"identifier":', headers: JSON_TYPE }), no.notJson);
      }
    }
  });

  test('refuses more than 16 KiB', async () => {
    const body = JSON.stringify({ identifier: 'a'.repeat(16 * 1024) });
    for (const { method, path } of writing) {
      says(await fabric.send(path, { method, body, headers: JSON_TYPE }), no.tooLarge);
    }
  });

  test('takes no body but an object', async () => {
    const { access: bearer } = await fabric.guest();
    for (const { method, path } of writing) {
      for (const body of ['[]', '[{}]', 'null', '"identifier"', '7', 'true']) {
        says(await fabric.send(path, { method, body, headers: JSON_TYPE, bearer }), no.notADictionary);
      }
    }
  });

  // SEC-066, SEC-082
  test('takes no field from a prototype, and none for one', async () => {
    const { access: bearer } = await fabric.guest();
    const all = '"identifier":"x@example.com","password":"MySecretPassword123","code":"123456","refresh":"x"';
    for (const { method, path } of writing.filter((endpoint) => endpoint.method === 'POST')) {
      for (const body of [
        `{"__proto__":{${all}}}`,
        `{"constructor":{"prototype":{${all}}}}`,
        '{"toString":1}',
      ]) {
        const answer = await fabric.send(path, { method, body, headers: JSON_TYPE, bearer });
        const nothing = await fabric.send(path, { method, json: {}, bearer });
        assert.equal(nothing.body.error_code, '4000');
        assertAlike(answer, nothing, path);
      }
    }
    assert.equal('identifier' in {}, false);
  });
});

describe('the content type', () => {
  test('may be spelled as HTTP allows', async () => {
    for (const type of [
      'application/json',
      'Application/JSON',
      'application/json; charset=utf-8',
      'application/json;x=y',
    ]) {
      says(await post('{}', { 'content-type': type }), no.missing('identifier', 'password'));
    }
  });

  // SEC-076, SEC-081
  test('is no loophole, however it is spelled', async () => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain; charset=utf-8',
      'text/json',
      'application/jsonx',
      'application/vnd.api+json',
      'application/octet-stream',
      'application',
      '*/*',
    ]) {
      says(await post('{}', { 'content-type': type }), no.mediaType(type));
    }
    says(await post(new TextEncoder().encode('{}'), {}), no.mediaType(''));
    const long = `text/${'x'.repeat(500)}`;
    says(await post('{}', { 'content-type': long }), no.mediaType(long.slice(0, 100)));
    const { status } = await post('{}', { 'content-type': 'application/json\ta' });
    assert.equal(status, 415);
  });
});

// SEC-081
describe('a body', () => {
  test('that says it is packed or not in UTF-8 is not read as if it were plain', async () => {
    for (const { method, path } of writing) {
      for (const encoding of ['gzip', 'br', 'deflate, gzip', 'identity, gzip', 'x']) {
        const headers = { ...JSON_TYPE, 'content-encoding': encoding };
        says(await fabric.send(path, { method, body: '{}', headers }), no.mediaType('application/json'));
      }
      for (const charset of ['utf-16', 'shift_jis', '"utf-7"', 'utf-8; charset=utf-16']) {
        const type = `application/json; charset=${charset}`;
        const headers = { 'content-type': type };
        says(await fabric.send(path, { method, body: '{}', headers }), no.mediaType(type));
      }
    }
  });

  test('may say that it is plain UTF-8', async () => {
    for (const charset of ['utf-8', 'UTF-8', '"utf-8"', 'utf8', 'us-ascii', 'iso-8859-1', 'windows-1252']) {
      const headers = {
        'content-type': `application/json;charset=${charset}`,
        'content-encoding': 'identity',
      };
      says(await post('{}', headers), no.missing('identifier', 'password'));
    }
  });
});

// SEC-082
describe('a JSON body', () => {
  test('that is not quite JSON is refused', async () => {
    for (const body of [
      ' ',
      '{',
      '{}x',
      '{} {}',
      "{'identifier':1}",
      '{"identifier":undefined}',
      '{"identifier":NaN}',
      '{"identifier":01}',
      '{"identifier":"a\tb"}',
      '\ufeff',
      '{"identifier":"x",}',
      '// comment\n{}',
    ]) {
      says(await post(body), no.notJson);
    }
  });

  test('with one name twice is refused, in any spelling and depth', async () => {
    for (const body of [
      '{"identifier":"a@example.com","identifier":"b@example.com"}',
      '{"identifier":"a@example.com","\\u0069dentifier":"b@example.com"}',
      '{"x":{"y":1,"y":2}}',
      '{"x":[{"y":1,"y":2}]}',
      '{"__proto__":1,"__proto__":2}',
    ]) {
      says(await post(body), no.notJson);
    }
    says(
      await post('{"x":{"y":1},"z":{"y":2},"a":["y","y"],"b":"\\"y\\":1,\\"y\\":2"}'),
      no.missing('identifier', 'password'),
    );
  });

  test('that is nested deeper than any of ours is refused, at once', async () => {
    for (const depth of [9, 100, 8_000]) {
      says(await post('['.repeat(depth) + ']'.repeat(depth)), no.notJson);
    }
    says(await post(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`), no.notJson);
    says(await post(`${'{"a":'.repeat(8)}1${'}'.repeat(8)}`), no.missing('identifier', 'password'));
  });

  // SEC-040
  test('that is not UTF-8 is refused: two passwords must not become one', async () => {
    for (const broken of [[0xff], [0xfe], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]]) {
      const body = new Uint8Array([...Buffer.from('{"password":"'), ...broken, ...Buffer.from('"}')]);
      says(await post(body), no.notJson);
    }
    says(await post(new Uint8Array(Buffer.from('\ufeff{}', 'utf16le'))), no.notJson);
  });

  test('of many names or huge numbers is read like any other', async () => {
    const many = Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`k${index}`, 1]));
    says(await post(JSON.stringify(many)), no.missing('identifier', 'password'));
    says(
      await post('{"identifier":1e400,"password":123456789012345678901234567890}'),
      no.fields(400, 'invalid', { identifier: 'Not a valid string.', password: 'Not a valid string.' }),
    );
  });

  test('with an object that brings its own toString is a 400 like any other object', async () => {
    const notText = { identifier: 'Not a valid string.' };
    for (const identifier of [
      { toString: 1 },
      { toString: 1, valueOf: 2 },
      [{ toString: 1 }],
      { toJSON: 1 },
    ]) {
      says(
        await fabric.post('signup/', { identifier, password: PASSWORD }),
        no.fields(400, 'invalid', notText),
      );
    }
  });
});

describe('a path', () => {
  test('that nothing is at is 404 in the words of the contract, under each prefix', async () => {
    for (const prefix of PREFIXES) {
      for (const path of [`${prefix}/nothing`, `${prefix}/nothing/`, `${prefix}//`, `${prefix}/a/b/c?d=e`]) {
        says(await fabric.send(path), no.notFound);
        says(await fabric.send(path, { method: 'POST', json: {} }), no.notFound);
        says(await fabric.send(path, { method: 'DELETE' }), no.notFound);
      }
    }
    for (const path of [AUTH, `${AUTH}/`, '/healthy', '/', '/api']) {
      says(await fabric.send(path), no.notFound);
    }
  });

  test('that is no URL is 400 in the words of the contract, under each prefix', async () => {
    for (const prefix of PREFIXES) {
      for (const path of [`${prefix}/%zz`, `${prefix}/%`, `${prefix}/%c3%28`, `${prefix}/signup/%ff`]) {
        for (const method of ['GET', 'POST']) {
          says(await fabric.send(path, { method }), no.notJson);
        }
      }
    }
    says(await fabric.send(`${SIGN_UP}?x=%zz`, { method: 'POST' }), no.missing('identifier', 'password'));
  });

  // SEC-016
  test('has one spelling and one method, or leads nowhere', async () => {
    for (const path of [
      `${AUTH}//signup`,
      `/${SIGN_UP}`,
      `${AUTH}/SIGNUP`,
      `${AUTH}/signup;x`,
      `${AUTH}/signup%2f`,
      `${AUTH}/signup%20`,
      `${AUTH}/signup.json`,
    ]) {
      says(await fabric.send(path, { method: 'POST', json: {} }), no.notFound);
    }
    const headers = {
      'x-http-method-override': 'POST',
      'x-method-override': 'POST',
      'x-original-url': SIGN_UP,
    };
    says(await fabric.send(SIGN_UP, { headers }), no.method('GET'));
    says(await fabric.send(`${SIGN_UP}?_method=POST`), no.method('GET'));
    says(await fabric.send('/health/', { method: 'POST', json: { _method: 'GET' } }), no.method('POST'));
  });

  test('may be given in absolute form; the host in it means nothing', async () => {
    const answer = await fabric.raw(
      'GET http://evil.example/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.doesNotMatch(answer, /evil/);
  });
});

describe('a bug of ours', () => {
  test('is a 500 that tells nothing; the log tells, and the next request is served', async (t) => {
    const secret = 'SELECT hash FROM passwords WHERE account_id = 7';
    breakDatabase(t, fabric, () => new TypeError(secret));
    for (const answer of [
      await fabric.logIn(fabric.email()),
      await fabric.post('password/reset/', { identifier: fabric.email() }),
    ]) {
      says(answer, no.text(500, 'Internal server error.'));
      assert.doesNotMatch([...answer.headers].join(), /SELECT|TypeError/);
    }
    assert.ok(fabric.server.logged().includes(secret));
    t.mock.restoreAll();
    says(await fabric.logIn(fabric.email()), no.unknownAtLogin);
  });

  test('counts no password that was right and no session that was not opened', async (t) => {
    const { email } = await fabric.member();
    const { storage, core } = fabric.server.app;
    const { id } = await fabric.find(email);
    for (const _ of [1, 2, 3, 4]) {
      await failAttempt(storage, `account:${id}`, core.lockout.policy, fabric.server.clock.now());
    }
    t.mock.method(fabric.server.app.core.storage, 'transaction', async () => {
      throw new Error('bug');
    });
    for (const _ of [1, 2]) says(await fabric.logIn(email), no.text(500, 'Internal server error.'));
    t.mock.restoreAll();
    await fabric.session(email);
  });
});

/** Of bytes that end their connection: the one answer to them, which is JSON and under the headers of every answer. */
async function refusalOf(request: string): Promise<[status: number, body: unknown]> {
  const answer = await fabric.raw(request);
  assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  assert.match(head, /^content-type: application\/json; charset=utf-8$/im);
  assert.match(head, /^cache-control: no-store$/im);
  assert.match(head, /^x-content-type-options: nosniff$/im);
  assert.match(head, /^connection: close$/im);
  return [Number(head.slice(9, 12)), JSON.parse(body)];
}

// SEC-079: a proxy in front may route by the other one.
test('a request names one host, or is refused in the words of whoever owns its path', async () => {
  for (const [path, detail] of [
    ['/health', 'JSON parse error'],
    [SIGN_UP, 'JSON parse error'],
    [`${AUTH}/nothing`, 'JSON parse error'],
    ['/nothing', 'Bad request.'],
  ]) {
    for (const hosts of ['', 'Host: a\r\nHost: a\r\n', 'Host: a\r\nhost: b\r\n']) {
      const refusal = await refusalOf(`GET ${path} HTTP/1.1\r\n${hosts}\r\n`);
      assert.deepEqual(refusal, [400, { detail }]);
    }
  }
  assert.match(await fabric.raw('GET /health HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /);
});

// SEC-079
test('what is no HTTP is refused by the socket, and the others go on', async () => {
  for (const request of [
    'GARBAGE\r\n\r\n',
    `POST ${SIGN_UP} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    `POST ${SIGN_UP} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST ${SIGN_UP} HTTP/1.1\r\nHost: x\r\nContent-Length : 2\r\n\r\n{}`,
    `GET /health HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n`,
  ]) {
    assert.deepEqual(await refusalOf(request), [400, { detail: 'Bad request.' }]);
  }
  const huge = `GET /health HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(50_000)}\r\n\r\n`;
  assert.deepEqual(await refusalOf(huge), [431, { detail: 'Request headers are too large.' }]);
  const expecting = 'GET /health HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\n\r\n';
  assert.deepEqual(await refusalOf(expecting), [417, { detail: 'Expectation failed.' }]);
  assert.equal((await fabric.send('/health')).status, 200);
});
