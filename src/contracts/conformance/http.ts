import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, METHODS, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type HttpErrorContext, type HttpErrorKind, httpErrorResponse, isRouted } from '../../http/index.ts';
import type { Client } from './client.ts';
import type { Call, ContractDriver, Shown } from './driver.ts';
import { guarded } from './endpoints.ts';
import type { Suite } from './suite.ts';

interface Received {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

interface Sent {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** One exchange, without the rules that `fetch` has for browsers. */
function exchange(url: string, { method, headers = {}, body }: Sent): Promise<Received> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { method, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers: received } = response;
      text(response).then((read) => resolve({ status, text: read, headers: received }), reject);
    });
    sending.once('error', reject).end(body);
  });
}

/** Sends all of a request before it reads any of the answer, as many HTTP clients do. */
async function writeThenRead(url: string, bytes: readonly (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  for (const part of bytes) {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.write(part, (error) => (error ? reject(error) : resolve()));
    });
  }
  return text(socket);
}

/** The contract's response to an HTTP error at one of its paths. */
function responseTo(
  { server }: Client,
  path: string,
  kind: HttpErrorKind,
  context: Partial<HttpErrorContext>,
) {
  const mount = server.app.mounts
    .filter(isRouted)
    .find(({ routes }) => routes.some((route) => route.path === path));
  assert.ok(mount, `${path} is mounted`);
  const { status, body } = httpErrorResponse(mount.errors, kind, {
    method: 'POST',
    contentType: '',
    ...context,
  });
  return { status, text: typeof body === 'string' ? body : JSON.stringify(body) };
}

const ASCII_CHARSETS = ['ISO-8859-1', 'iso-8859-15', '"us-ascii"', 'windows-1252', 'UTF-8'];
const OTHER_CHARSETS = ['utf-16', 'utf-7', 'shift_jis', 'x-unknown'];

/** Of Capacitor, Ionic, Tauri and browser extensions: origins that are no web addresses. */
const ORIGINS = [
  'https://app.example.com',
  'http://localhost:5173',
  'capacitor://localhost',
  'ionic://localhost',
  'tauri://localhost',
  'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
];

const BODY_BYTES = 5 * 1024 * 1024;

/** A sign-in as it goes over the wire. */
function signInOf(driver: ContractDriver, shown: Shown): { path: string; type: string; body: string } {
  const { json, form }: Call = guarded(driver, driver.signIn).call(shown);
  const [, path = ''] = driver.signIn.split(' ');
  return json === undefined
    ? { path, type: 'application/x-www-form-urlencoded', body: String(new URLSearchParams(form)) }
    : { path, type: 'application/json', body: JSON.stringify(json) };
}

const takesJson = (driver: ContractDriver): boolean =>
  signInOf(driver, { credential: '', person: NOBODY }).type === 'application/json';

const NOBODY: Shown['person'] = {
  email: '',
  newEmail: '',
  username: '',
  password: '',
  newPassword: '',
  account: undefined,
  totp: () => '',
};

/** Requests as clients and proxies really send them. */
export function http({ driver, guarantee, guaranteeUnder }: Suite): void {
  const { contract, accessKind, signIn } = driver;
  const provedAt = driver.kinds[accessKind]?.provedAt ?? '';

  async function signedIn(client: Client): Promise<Shown> {
    const person = await client.member();
    const credential = await driver.kinds[accessKind]?.issue(client, person);
    assert.ok(credential !== undefined);
    return { credential, person };
  }

  /** Signs a new person in with a body that was changed on its way. */
  async function signInWith(
    client: Client,
    change: (type: string, body: string) => readonly [string, string],
  ) {
    const person = await client.member();
    const { path, type, body } = signInOf(driver, { credential: person.password, person });
    const [contentType, changed] = change(type, body);
    return exchange(`${client.server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: changed,
    });
  }

  // SEC-051, RFC 6750 §2.1
  guarantee('one space or more stand between Bearer and a token', async (client) => {
    const shown = await signedIn(client);
    const call = driver.bearer(shown);
    for (const spaces of [' ', '  ', '   ']) {
      const authorization = `Bearer${spaces}${shown.credential}`;
      const answer = await client.send(provedAt, { ...call, headers: { ...call.headers, authorization } });
      assert.ok(answer.status < 400, JSON.stringify(spaces));
    }
  });

  // SEC-081
  guarantee(
    'a body of ASCII is read under the name of every charset that begins with ASCII',
    async (client) => {
      for (const charset of ASCII_CHARSETS) {
        const answer = await signInWith(client, (type, body) => [`${type}; charset=${charset}`, body]);
        assert.ok(answer.status < 400, `${charset}: ${answer.status} ${answer.text}`);
      }
    },
  );

  // SEC-081
  guarantee('a body that could mean something else in its charset is refused', async (client) => {
    const [, path = ''] = signIn.split(' ');
    const refused = (type: string) =>
      responseTo(client, path, 'unsupported_media_type', { contentType: type });
    for (const charset of OTHER_CHARSETS) {
      let sent = '';
      const { status, text } = await signInWith(client, (type, body) => {
        sent = `${type}; charset=${charset}`;
        return [sent, body];
      });
      assert.deepEqual({ status, text }, refused(sent), charset);
    }
    if (!takesJson(driver)) return;
    const type = 'application/json; charset=ISO-8859-1';
    const { status, text } = await signInWith(client, (_type, body) => [type, body.replace('{', '{"é":1,')]);
    assert.deepEqual({ status, text }, refused(type));
  });

  if (takesJson(driver)) {
    // RFC 8259 §8.1
    guarantee('a byte order mark before JSON is skipped', async (client) => {
      const answer = await signInWith(client, (type, body) => [type, `\uFEFF${body}`]);
      assert.ok(answer.status < 400, answer.text);
    });
  }

  // SEC-081
  guarantee(
    'a client that sends all of a body before it reads learns that it is too large',
    async (client) => {
      const { url } = client.server;
      const { path, type } = signInOf(driver, { credential: '', person: NOBODY });
      const head = [`POST ${path} HTTP/1.1`, 'host: x', `content-type: ${type}`];
      const body = Buffer.alloc(BODY_BYTES, 'a');
      const expected = responseTo(client, path, 'too_large', { contentType: type });
      for (const [fields, bytes] of [
        [[`content-length: ${BODY_BYTES}`], [body]],
        [[`content-length: ${BODY_BYTES}`, 'connection: close'], [body]],
        [['transfer-encoding: chunked'], [`${BODY_BYTES.toString(16)}\r\n`, body, '\r\n0\r\n\r\n']],
      ] as const) {
        const answer = await writeThenRead(url, [`${[...head, ...fields].join('\r\n')}\r\n\r\n`, ...bytes]);
        assert.ok(answer.startsWith(`HTTP/1.1 ${expected.status} `), `${fields}: ${answer}`);
        assert.ok(answer.endsWith(`\r\n\r\n${expected.text}`), `${fields}: ${answer}`);
      }
    },
  );

  guarantee(
    'forward-auth looks at neither the method, the path below, the body nor its headers',
    async (client) => {
      const shown = await signedIn(client);
      const { headers = {} } = driver.bearer(shown);
      const url = `${client.server.url}/forward-auth/${contract}`;
      const refused = await exchange(url, { method: 'GET' });
      for (const method of METHODS.filter((known) => known !== 'CONNECT')) {
        const { status, headers: received } = await exchange(url, { method, headers });
        assert.deepEqual(
          [method, status, received['x-auth-account-id']],
          [method, 200, shown.person.account?.id],
        );
        const without = await exchange(url, { method });
        assert.deepEqual([method, without.status], [method, refused.status]);
      }
      for (const below of ['/', '/orders?page=2', '/a%2Fb/%zz//../x', `/${'x'.repeat(8_000)}`, '/%00?%ff']) {
        const { status, headers: received } = await exchange(`${url}${below}`, { method: 'POST', headers });
        assert.deepEqual(
          [below, status, received['x-auth-account-id']],
          [below, 200, shown.person.account?.id],
        );
        assert.equal((await exchange(`${url}${below}`, { method: 'GET' })).status, refused.status, below);
      }
      for (const extra of [
        { 'content-encoding': 'gzip' },
        { 'content-type': 'text/plain; charset=utf-16' },
        { 'content-type': 'no type' },
      ]) {
        for (const method of ['HEAD', 'GET', 'POST', 'QUERY']) {
          const body = method === 'POST' ? 'x'.repeat(100_000) : '';
          const { status } = await exchange(url, { method, headers: { ...headers, ...extra }, body });
          assert.equal(status, 200, `${method} ${JSON.stringify(extra)}`);
        }
      }
    },
  );

  const withOrigins = guaranteeUnder({ LATCHKEY_CORS_ORIGINS: ORIGINS.join(',') });

  // SEC-077
  withOrigins('an app of a listed origin may call, whatever its scheme, and no other may', async (client) => {
    const [, path = ''] = signIn.split(' ');
    const url = `${client.server.url}${path}`;
    const preflight = { 'access-control-request-method': 'POST' };
    for (const origin of ORIGINS) {
      const allowed = await exchange(url, { method: 'OPTIONS', headers: { origin, ...preflight } });
      assert.deepEqual([allowed.status, allowed.headers['access-control-allow-origin']], [204, origin]);
      const answer = await exchange(url, { method: 'POST', headers: { origin } });
      assert.equal(answer.headers['access-control-allow-origin'], origin);
    }
    for (const origin of [
      'capacitor://evil',
      'https://localhost',
      'capacitor://localhost:1',
      'capacitor://',
      'null',
    ]) {
      for (const method of ['OPTIONS', 'POST']) {
        const { headers } = await exchange(url, { method, headers: { origin, ...preflight } });
        assert.equal(headers['access-control-allow-origin'], undefined, origin);
      }
    }
  });

  withOrigins('an OPTIONS that is no preflight is a method that is not allowed', async (client) => {
    const [, path = ''] = signIn.split(' ');
    const [origin = ''] = ORIGINS;
    const expected = responseTo(client, path, 'method_not_allowed', { method: 'OPTIONS' });
    for (const headers of [{}, { origin }, { 'access-control-request-method': 'POST' }]) {
      for (const url of [path, `${path}/`]) {
        const answer = await exchange(`${client.server.url}${url}`, { method: 'OPTIONS', headers });
        assert.deepEqual({ status: answer.status, text: answer.text }, expected);
        assert.equal(answer.headers.allow, 'POST');
      }
    }
  });

  // A preflight carries no credentials, and says nothing of the request that follows.
  withOrigins('forward-auth lets no preflight pass', async (client) => {
    const [origin = ''] = ORIGINS;
    const url = `${client.server.url}/forward-auth/${contract}`;
    const headers = { origin, 'access-control-request-method': 'POST' };
    const { status } = await exchange(url, { method: 'OPTIONS', headers });
    assert.equal(status, (await exchange(url, { method: 'GET' })).status);
  });
}
