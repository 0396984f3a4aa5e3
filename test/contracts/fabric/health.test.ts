import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AuthError } from '../../../src/core/errors.ts';
import { breakDatabase, type Expected, no, PASSWORD, says, start } from './driver.ts';

const fabric = await start();
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

const health = (status: 'ok' | 'error', database: 'ok' | 'error'): Expected => [
  status === 'ok' ? 200 : 503,
  {
    status,
    timestamp: '2026-01-01T12:00:00.000Z',
    service: 'fabric-auth-service',
    environment: 'test',
    app_version: version,
    components: { database },
  },
];

/** What the storage says of a database that does not answer. */
const gone = () =>
  new AuthError('storage_unavailable', { retryAfterMs: 2_500, reason: 'disk I/O error at /var/lib/secret' });

test('health says that all is well, for anybody who asks', async () => {
  says(await fabric.send('/health/'), health('ok', 'ok'));
  says(await fabric.send('/health'), health('ok', 'ok'));
  says(
    await fabric.send('/health/?x=1', { headers: { authorization: 'Bearer nonsense' } }),
    health('ok', 'ok'),
  );
});

test('with the database away, health is 503 in the same shape, with Retry-After', async (t) => {
  breakDatabase(t, fabric, gone);
  says(await fabric.send('/health/'), health('error', 'error'));
});

test('with the database away, every other endpoint is 503 and says nothing of why', async (t) => {
  const { access, refresh, email } = await fabric.guest();
  breakDatabase(t, fabric, gone);
  const away = no.text(503, 'Service temporarily unavailable. Please try again later.');
  for (const answer of [
    await fabric.logIn(email, PASSWORD),
    await fabric.signUp(fabric.email()),
    await fabric.post('login/passwordless/', { identifier: email }),
    await fabric.post('login/passwordless/confirm/', { identifier: email, code: '123456' }),
    await fabric.refresh(refresh),
    await fabric.me(access),
  ]) {
    says(answer, away);
    assert.equal(answer.headers.get('retry-after'), '3');
  }
  t.mock.restoreAll();
  assert.equal((await fabric.me(access)).status, 200);
});

test('once a shutdown has begun, health sends balancers elsewhere while requests are still served', async (t) => {
  const { health: state } = fabric.server.app;
  const report = await state.report();
  t.mock.method(state, 'report', async () => ({ ...report, accepting: false }));
  says(await fabric.send('/health/'), health('error', 'ok'));
  says(await fabric.me(), no.noCredentials);
});
