import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { untilBodyIsRead } from '../../src/http/unread-body.ts';
import { startTestServer } from '../support/server.ts';
import { send } from '../support/wire.ts';

const LOGIN = '/api/v1/auth/login/basic';

/** Sends all of a request before it reads any of the answer. */
async function writeThenRead(url: string, head: readonly string[], body: Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    socket.write(body, (error) => (error ? reject(error) : resolve()));
  });
  return text(socket);
}

const BODY = Buffer.alloc(5 * 1024 * 1024, 'a');

// SEC-081
test('a request that is refused on a connection that closes has its body read, whatever refuses it', async (t) => {
  const { url, stop } = await startTestServer();
  t.after(stop);
  for (const [status, head] of [
    [413, [`POST ${LOGIN} HTTP/1.0`, 'host: x', 'content-type: application/json']],
    [415, [`POST ${LOGIN} HTTP/1.1`, 'host: x', 'content-type: text/html', 'connection: close']],
    [415, [`POST ${LOGIN} HTTP/1.1`, 'host: x', 'content-encoding: gzip', 'connection: close']],
    [400, [`POST ${LOGIN} HTTP/1.1`, 'host: x', 'host: y', 'content-type: application/json']],
    [400, [`POST ${LOGIN}/%zz HTTP/1.1`, 'host: x', 'connection: close']],
    [405, [`PUT ${LOGIN} HTTP/1.1`, 'host: x', 'connection: close']],
    [404, ['POST /nothing HTTP/1.1', 'host: x', 'connection: close']],
  ] as const) {
    const answer = await writeThenRead(url, [...head, `content-length: ${BODY.length}`], BODY);
    assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), `${head}: ${answer.slice(0, 200)}`);
  }
});

describe('a refused body is read and dropped', () => {
  /** A server that answers at once and reads on within limits, and what it has read when the answer ended. */
  async function serveWith(
    t: { after(end: () => void): void },
    limits: Parameters<typeof untilBodyIsRead>[2],
  ) {
    let read = 0;
    const reading = Promise.withResolvers<number>();
    const gone = Promise.withResolvers<void>();
    const server = createServer((incoming: IncomingMessage, response) => {
      incoming.on('data', (chunk: Buffer) => {
        read += chunk.length;
      });
      response.writeHead(413, { connection: 'close', 'content-length': 2 });
      untilBodyIsRead(incoming, 'no', limits)
        .once('end', () => reading.resolve(read))
        .pipe(response);
      incoming.once('close', () => gone.resolve());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.closeAllConnections());
    t.after(() => server.close());
    return { port: (server.address() as AddressInfo).port, read: reading.promise, gone: gone.promise };
  }

  /** Sends its head, and then whatever `more` gives until the connection ends. */
  function endless(port: number, more: () => Buffer | undefined) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n');
    const feed = () => {
      const chunk = more();
      if (chunk !== undefined && socket.writable) socket.write(chunk, feed);
    };
    feed();
    const closed = new Promise((resolve) => socket.resume().once('close', resolve));
    return { socket, closed };
  }

  const generous = { bytes: 1e9, ms: 60_000, requests: 64 };

  test('up to a number of bytes', async (t) => {
    const { port, read } = await serveWith(t, { ...generous, bytes: 200_000 });
    const { closed } = endless(port, () => Buffer.alloc(50_000));
    const bytes = await read;
    assert.ok(bytes > 200_000 && bytes < 2_000_000, String(bytes));
    await closed;
  });

  test('for a limited time', async (t) => {
    const { port, read } = await serveWith(t, { ...generous, ms: 20 });
    const { socket, closed } = endless(port, () => undefined);
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 413 /);
    await read;
    await closed;
  });

  test('of a limited number of requests at a time', async (t) => {
    const limits = { ...generous, requests: 1 };
    const [first, second] = [await serveWith(t, limits), await serveWith(t, limits)];
    const held = endless(first.port, () => undefined);
    await once(held.socket, 'data');
    const refused = endless(second.port, () => undefined);
    assert.equal(await second.read, 0);
    await refused.closed;
    held.socket.destroy();
    await first.gone;
    const third = await serveWith(t, limits);
    const admitted = endless(third.port, () => undefined);
    await once(admitted.socket, 'data');
    assert.equal(admitted.socket.destroyed, false);
    admitted.socket.destroy();
  });
});

test('32 KiB of headers pass, at every contract; more is 431', async (t) => {
  const { url, stop } = await startTestServer();
  t.after(stop);
  const cookie = (bytes: number) => 'c'.repeat(bytes);
  const statusOf = (path: string, bytes: number) =>
    new Promise((resolve, reject) => {
      request(`${url}${path}`, { headers: { cookie: cookie(bytes) } }, (response) => {
        resolve(response.resume().statusCode);
      })
        .once('error', reject)
        .end();
    });
  for (const [path, status] of [
    ['/api/v1/me', 401],
    ['/v1/users/me', 401],
    ['/api/v1/private/auth/me', 401],
    ['/auth/current', 400],
    ['/forward-auth/fabric', 401],
  ] as const) {
    assert.equal(await statusOf(path, 32 * 1024), status, path);
    assert.equal(await statusOf(path, 48 * 1024), 431, path);
  }
});

test('the request id of a trusted proxy is kept in the answer and in the log, that of a client is not', async (t) => {
  const id = 'Request.7_of-a-proxy';
  const headers = { 'x-request-id': id };
  for (const [trusted, isKept] of [
    ['127.0.0.0/8', true],
    ['10.0.0.0/8', false],
    ['none', false],
  ] as const) {
    const server = await startTestServer({ env: { LATCHKEY_TRUST_PROXY: trusted } });
    t.after(() => server.stop());
    const answer = await send(`${server.url}/api/v1/me`, { headers });
    assert.equal(answer.headers.get('x-request-id') === id, isKept, trusted);
    assert.equal(server.logged().includes(`"requestId":"${id}"`), isKept, trusted);
  }
});
