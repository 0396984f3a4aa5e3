import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { startTestServer } from '../support/server.ts';
import { send } from '../support/wire.ts';

const SLOW_CLIENTS = 500;

interface SlowClient {
  readonly socket: Socket;
  readonly answer: Promise<string>;
}

async function slowClient(port: number, sent: string): Promise<SlowClient> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const answer = once(socket, 'close').then(() => Buffer.concat(chunks).toString());
  await once(socket, 'connect');
  socket.write(sent);
  return { socket, answer };
}

// SEC-080
test('clients that send slowly are cut off, and others are served meanwhile', async (t) => {
  const { app, url, stop } = await startTestServer();
  t.after(stop);
  const { server } = app.server;
  assert.deepEqual([server.headersTimeout, server.requestTimeout], [10_000, 15_000]);
  const port = Number(new URL(url).port);
  const beginnings = [
    'POST /v1/login/access-token HTTP/1.1\r\nHost: x\r\nX-Slow: ',
    'POST /v1/login/access-token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nusername=',
  ];
  const clients = await Promise.all(
    Array.from({ length: SLOW_CLIENTS }, (_, index) =>
      slowClient(port, beginnings[index % beginnings.length] ?? ''),
    ),
  );
  for (const path of ['/health/', '/v1/utils/health-check/']) {
    assert.equal((await send(`${url}${path}`)).status, 200);
  }
  // Waiting for the real deadlines would take 17 seconds. Node looks for what is late every 2.
  Object.assign(server, { headersTimeout: 1, requestTimeout: 1 });
  const answers = await Promise.all(clients.map(({ answer }) => answer));
  for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.equal((await send(`${url}/health/`)).status, 200);
});
