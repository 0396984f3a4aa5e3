import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startTestServer } from '../../support/server.ts';
import { send } from '../../support/wire.ts';

// SEC-079, SEC-081
test('what could be read in two ways is refused in the words of FastAPI', async (t) => {
  const server = await startTestServer();
  t.after(() => server.stop());
  const url = `${server.url}/v1/users/signup`;
  for (const headers of [
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    { 'content-type': 'application/json; charset=utf-16' },
  ]) {
    const { status, body } = await send(url, { method: 'POST', body: '{}', headers });
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body.detail[0]).toSorted(), ['loc', 'msg', 'type']);
  }
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write('GET /v1/users/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'),
    );
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('close', () => resolve(text)).on('error', reject);
  });
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.ok(answer.endsWith('\r\n\r\n{"detail":"Bad Request"}'), answer);
});
