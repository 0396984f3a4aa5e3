import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request as openRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { ContractDefinition } from '../../src/contracts/contract.ts';
import {
  createServer,
  Health,
  type HttpSettings,
  type RawHandler,
  type RawMount,
} from '../../src/http/index.ts';
import { freePort } from '../cli/support.ts';
import { startTestServer } from '../support/server.ts';
import { send } from '../support/wire.ts';

const ORIGIN = 'https://app.example';

/** A small protocol: what a library would do with a request, by the last part of its path. */
const protocol = new Map<string, RawHandler>([
  [
    'echo',
    (request, response) => {
      response.setHeader('x-method', request.method ?? '');
      response.setHeader('x-url', request.url ?? '');
      response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'text/plain' });
      request.pipe(response);
    },
  ],
  ['whoami', (_request, response, { requestId, client }) => response.end(`${requestId} ${client.address}`)],
  [
    'cacheable',
    (_request, response) => {
      response.setHeader('cache-control', 'max-age=60');
      response.end();
    },
  ],
  [
    'throw',
    (_request, response) => {
      response.setHeader('content-length', 3);
      throw new Error('a bug of the library');
    },
  ],
  ['reject', () => Promise.reject(new Error('a bug of the library'))],
  [
    'break',
    async (_request, response) => {
      response.write('the beginning');
      await Promise.resolve();
      throw new Error('a bug of the library');
    },
  ],
]);

const mount: RawMount = {
  contract: 'protocol',
  prefixes: ['/protocol'],
  raw(request, response, context) {
    const [path = ''] = request.url?.split('?', 1) ?? [];
    const handle = protocol.get(path.slice('/protocol/'.length));
    if (handle !== undefined) return handle(request, response, context);
    return response.writeHead(404, { 'content-type': 'text/plain' }).end('no such endpoint');
  },
};

interface Logged {
  readonly level: string;
  readonly event?: string;
  readonly requestId?: string;
  readonly route?: string;
  readonly status?: number;
}

async function serve(t: TestContext, settings?: Partial<HttpSettings>) {
  const logged: Logged[] = [];
  const at = (level: string) => (fields: object) => void logged.push({ ...fields, level });
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const server: FastifyInstance = await createServer(
    { publicUrl: 'http://127.0.0.1', trustProxy: [], corsOrigins: [], logLevel: 'debug', ...settings },
    [mount],
    { log, health: new Health(async () => {}) },
  );
  t.after(() => server.close());
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return { server, url, logged };
}

test('a raw mount gets every method, path and body as it was sent', async (t) => {
  const { url } = await serve(t);
  const body = gzipSync(Buffer.alloc(200_000, 'more than any contract reads'));
  const headers = {
    'content-type': 'application/vnd.protocol',
    'content-encoding': 'gzip',
    'content-length': body.length,
  };
  for (const method of ['POST', 'PUT', 'PROPFIND', 'DELETE']) {
    const request = openRequest(`${url}/protocol/echo?a=1&a=%ZZ`, { method, headers });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers['content-type'], 'application/vnd.protocol');
    assert.equal(response.headers['x-method'], method);
    assert.equal(response.headers['x-url'], '/protocol/echo?a=1&a=%ZZ');
    assert.deepEqual(Buffer.concat(await response.toArray()), body);
  }
  for (const path of ['/protocol', '/protocol/', '/protocol/a/b?c']) {
    assert.equal((await send(`${url}${path}`)).text, 'no such endpoint', path);
  }
  assert.equal((await send(`${url}/protocolx`)).status, 404);
  assert.notEqual((await send(`${url}/protocolx`)).text, 'no such endpoint');
});

test('a raw mount reads and writes while the request is still being sent', async (t) => {
  const { url } = await serve(t);
  const request = openRequest(`${url}/protocol/echo`, { method: 'POST' });
  request.write('first');
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const [first] = (await once(response, 'data')) as [Buffer];
  assert.equal(String(first), 'first');
  request.end('second');
  const [second] = (await once(response, 'data')) as [Buffer];
  assert.equal(String(second), 'second');
});

test('the response of a raw mount has the headers of the server, which it may replace', async (t) => {
  const { url } = await serve(t, { publicUrl: 'https://auth.example' });
  const { headers, text: body } = await send(`${url}/protocol/whoami`);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('strict-transport-security'), 'max-age=31536000');
  assert.equal(body, `${headers.get('x-request-id')} 127.0.0.1`);
  assert.equal((await send(`${url}/protocol/cacheable`)).headers.get('cache-control'), 'max-age=60');
});

test('the client of a raw mount behind a trusted proxy is the one that the proxy names', async (t) => {
  const { url } = await serve(t, { trustProxy: ['127.0.0.1/32'] });
  const headers = { 'x-forwarded-for': '203.0.113.9', 'x-request-id': 'of-the-proxy' };
  assert.equal((await send(`${url}/protocol/whoami`, { headers })).text, 'of-the-proxy 203.0.113.9');
});

test('preflights of a raw mount are answered by the server, and other OPTIONS by the mount', async (t) => {
  const { url } = await serve(t, { corsOrigins: [ORIGIN] });
  const preflight = await send(`${url}/protocol/echo`, {
    method: 'OPTIONS',
    headers: { origin: ORIGIN, 'access-control-request-method': 'PATCH' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), ORIGIN);
  assert.equal(preflight.headers.get('x-method'), null);
  const allowed = await send(`${url}/protocol/echo`, { headers: { origin: ORIGIN } });
  assert.equal(allowed.headers.get('access-control-allow-origin'), ORIGIN);
  const refused = await send(`${url}/protocol/echo`, { headers: { origin: 'https://other.example' } });
  assert.equal(refused.headers.get('access-control-allow-origin'), null);
  const options = await send(`${url}/protocol/echo`, { method: 'OPTIONS' });
  assert.equal(options.headers.get('x-method'), 'OPTIONS');
});

test('an error in a raw mount is a 500 and a line in the log, and the connection goes on', async (t) => {
  const { url, logged } = await serve(t);
  for (const path of ['throw', 'reject']) {
    const answer = await send(`${url}/protocol/${path}`, {
      method: 'POST',
      body: 'a body that nobody reads',
    });
    assert.deepEqual([answer.status, answer.body], [500, { detail: 'Internal server error.' }]);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const [error, ...others] = logged.splice(0).filter(({ level }) => level === 'error');
    assert.deepEqual(others, []);
    assert.equal(error?.event, 'unexpected');
    assert.equal(error?.route, '/protocol/*');
    assert.equal(error?.requestId, answer.headers.get('x-request-id'));
  }
  assert.equal((await send(`${url}/protocol/whoami`)).status, 200);
});

test('an error after a raw mount has begun its response cuts the response short', async (t) => {
  const { url, logged } = await serve(t);
  const request = openRequest(`${url}/protocol/break`);
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  await assert.rejects(text(response), { code: 'ECONNRESET' });
  assert.equal(logged.filter(({ level }) => level === 'error').length, 1);
});

test('a client that disconnects is no error of the raw mount', async (t) => {
  const gone = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  protocol.set('wait', async (request) => {
    begun.resolve();
    for await (const _ of request) {
      // Until the client is gone, which throws.
    }
  });
  t.after(() => protocol.delete('wait'));
  const { url, logged, server } = await serve(t);
  server.server.once('connection', (socket) => socket.once('close', gone.resolve));
  const request = openRequest(`${url}/protocol/wait`, { method: 'POST' }).on('error', () => {});
  request.write('a part');
  await begun.promise;
  request.destroy();
  await gone.promise;
  await server.close();
  assert.deepEqual(
    logged.filter(({ level }) => level === 'error'),
    [],
  );
  assert.ok(logged.some(({ event }) => event === 'client_disconnected'));
});

test('the log names the route of a raw mount and never the path', async (t) => {
  const { url, logged } = await serve(t);
  await send(`${url}/protocol/an-address@example.com?token=secret`);
  const [line] = logged.filter(({ event }) => event === 'request');
  assert.deepEqual([line?.route, line?.status], ['/protocol/*', 404]);
  assert.doesNotMatch(JSON.stringify(logged), /secret|an-address/);
});

test('requests with several hosts or too large headers do not reach a raw mount', async (t) => {
  const { url } = await serve(t);
  const ask = async (head: string): Promise<string> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`GET /protocol/whoami HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`);
    return text(socket);
  };
  assert.match(await ask('Host: one\r\nHost: two'), /^HTTP\/1\.1 400 /);
  assert.match(await ask(`Host: one\r\nX-Large: ${'a'.repeat(64 * 1024)}`), /^HTTP\/1\.1 431 /);
  assert.match(await ask('Host: one'), /^HTTP\/1\.1 200 /);
});

test('a server that closes lets a raw mount finish its response', async (t) => {
  const finish = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  protocol.set('slow', async (_request, response) => {
    response.write('the beginning');
    begun.resolve();
    await finish.promise;
    response.end(' and the end');
  });
  t.after(() => protocol.delete('slow'));
  const { server, url } = await serve(t);
  const answer = send(`${url}/protocol/slow`);
  await begun.promise;
  const closed = server.close();
  finish.resolve();
  assert.equal((await answer).text, 'the beginning and the end');
  await closed;
});

test('a contract may bring a raw mount, and its requests are counted', async (t) => {
  const contract: ContractDefinition<Record<string, never>, never> = {
    name: 'protocol',
    settings: {},
    flows: [],
    mounts: async () => [mount],
  };
  const server = await startTestServer({
    contracts: [contract],
    env: { LATCHKEY_METRICS_PORT: await freePort() },
  });
  t.after(() => server.stop());
  assert.equal((await send(`${server.url}/protocol/cacheable`)).status, 200);
  const metrics = await server.app.metrics?.figures().inWords();
  assert.match(
    metrics ?? '',
    /latchkey_http_request_seconds_count\{contract="protocol",method="GET",route="\/protocol\/\*",status="200"\} 1/,
  );
});
