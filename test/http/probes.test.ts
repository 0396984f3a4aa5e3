import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contracts } from '../../src/contracts/index.ts';
import { AuthError } from '../../src/core/errors.ts';
import { startTestServer } from '../support/server.ts';
import { send } from '../support/wire.ts';

const PATHS = ['/livez', '/readyz', '/livez/', '/readyz/'];

test('the server has its probes whatever contract is mounted, and counts no limit for them', async (t) => {
  for (const { name } of contracts) {
    const env = { LATCHKEY_CONTRACTS: name, LATCHKEY_RATE_LIMITS: 'on', LATCHKEY_LOG_LEVEL: 'info' };
    const { url, stop } = await startTestServer({ env });
    t.after(stop);
    for (const path of PATHS) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => send(`${url}${path}`)));
      for (const { status, body, headers } of answers) {
        assert.deepEqual([name, status, body.status], [name, 200, 'ok']);
        assert.equal(headers.get('cache-control'), 'no-store');
        assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
      }
      const head = await fetch(`${url}${path}`, { method: 'HEAD' });
      assert.deepEqual([head.status, await head.text()], [200, '']);
    }
  }
});

test('a probe is a GET or a HEAD; everything else is 405, and nothing is below it', async (t) => {
  const { url, logged, stop } = await startTestServer();
  t.after(stop);
  for (const path of PATHS) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const answer = await send(`${url}${path}`, { method });
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD'], method);
      assert.deepEqual(answer.body, { status: 'method not allowed' });
    }
  }
  assert.equal((await send(`${url}/readyz/x`)).status, 404);
  const aboveDebug = logged()
    .split('\n')
    .filter((line) => line.includes('livez') && !line.includes('"level":"debug"'));
  assert.deepEqual(aboveDebug, []);
});

test('without the database the process is alive and not ready', async (t) => {
  const { app, url, stop } = await startTestServer();
  t.after(stop);
  t.mock.method(app.storage, 'ping', async () => {
    throw new AuthError('storage_unavailable', { reason: 'pulled the plug' });
  });
  const ready = await send(`${url}/readyz`);
  assert.deepEqual(
    [ready.status, ready.body],
    [503, { status: 'unavailable', database: 'error', accepting: true }],
  );
  assert.equal(ready.headers.get('retry-after'), '5');
  assert.doesNotMatch(ready.text, /plug/);
  assert.deepEqual((await send(`${url}/livez`)).body, { status: 'ok' });
});

test('while it shuts down the process is alive and not ready', async (t) => {
  const { app, url, stop } = await startTestServer();
  t.after(stop);
  app.health.stopAccepting();
  const ready = await send(`${url}/readyz`);
  assert.deepEqual(
    [ready.status, ready.body],
    [503, { status: 'unavailable', database: 'ok', accepting: false }],
  );
  assert.equal((await send(`${url}/livez`)).status, 200);
});
