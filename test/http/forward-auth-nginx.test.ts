import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { parseIdentifier } from '../../src/core/account/index.ts';
import { totpAt } from '../../src/crypto/totp.ts';
import { freePort } from '../cli/support.ts';
import { startNginx } from '../support/nginx.ts';
import { operator } from '../support/operator.ts';
import { startTestServer } from '../support/server.ts';
import { toolTest } from '../support/tools.ts';
import { send } from '../support/wire.ts';

const PASSWORD = 'a long passphrase';

/** The service behind the proxy: answers with the request that reached it. */
async function startService(t: TestContext): Promise<number> {
  const service = createServer({ maxHeaderSize: 64 * 1024 }, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, headers } = request;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ method, headers, body }));
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  t.after(() => service.close());
  return (service.address() as AddressInfo).port;
}

/** Runs nginx with the server block of docs/forward-auth.md, with other ports. */
async function startDocumented(t: TestContext, ports: Readonly<Record<string, string>>): Promise<void> {
  const page = await readFile(new URL('../../docs/forward-auth.md', import.meta.url), 'utf8');
  const [, block = ''] = /^```nginx\n(.*?)^```/ms.exec(page) ?? [];
  const configured = Object.entries(ports).reduce((text, [documented, port]) => {
    assert.ok(text.includes(documented), `the documentation has ${documented}`);
    return text.replaceAll(documented, port);
  }, block);
  await startNginx(t, configured);
}

toolTest('nginx', 'nginx, as documented, protects a service by forward-auth', async (t) => {
  const { app, url, clock, stop } = await startTestServer();
  t.after(stop);
  const service = await startService(t);
  const port = await freePort();
  await startDocumented(t, {
    'listen 8080': `listen 127.0.0.1:${port}`,
    '127.0.0.1:8000': new URL(url).host,
    '127.0.0.1:9000': `127.0.0.1:${service}`,
  });
  const front = `http://127.0.0.1:${port}/orders?page=2`;
  const account = await app.admin.createAccount({
    actor: operator,
    isVerified: true,
    // No username: the one that a client claims must not arrive in its place.
    email: parseIdentifier('email', 'josé@example.com'),
    password: PASSWORD,
  });
  const { secret } = await app.admin.enrollTotp({ actor: operator, account });
  const otp = totpAt(secret, clock.now());
  const json = { username: 'josé@example.com', password: PASSWORD, otp };
  const { body: entered } = await send(`${url}/api/v1/public/auth/login`, { json });
  const credentials = { authorization: `Bearer ${entered.details.accessToken}`, otp };
  const forged = {
    'x-auth-account-id': 'somebody-else',
    'x-auth-account-number': '1000000',
    'x-auth-username': 'admin',
    'x-auth-email': 'admin@example.com',
    'x-auth-email-verified': 'true',
    'x-auth-roles': 'superuser',
    x_auth_username: 'admin',
  };

  await t.test('nobody gets in without credentials, whatever they say of themselves', async () => {
    for (const headers of [{}, forged, { ...credentials, otp: '' }, { otp }]) {
      const answer = await send(front, { headers });
      assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, 'Bearer']);
    }
  });

  await t.test('the account arrives in headers, and neither token nor code', async () => {
    for (const headers of [credentials, { ...forged, ...credentials }]) {
      const { status, body } = await send(front, { headers });
      assert.equal(status, 200);
      const { authorization, otp: code, ...arrived } = body.headers;
      assert.deepEqual([authorization, code], [undefined, undefined]);
      const own = Object.entries(arrived).filter(([name]) => /^x[-_]auth/.test(name));
      assert.deepEqual(Object.fromEntries(own), {
        'x-auth-account-id': account.id,
        'x-auth-account-number': String(account.number),
        'x-auth-email': 'jos%C3%A9@example.com',
        'x-auth-email-verified': 'true',
      });
    }
  });

  await t.test('a body reaches the service, and not Latchkey', async () => {
    const body = 'x'.repeat(100_000);
    const headers = { ...credentials, 'content-type': 'text/plain' };
    const answer = await send(front, { method: 'PUT', headers, body });
    assert.deepEqual([answer.status, answer.body.method, answer.body.body], [200, 'PUT', body]);
  });

  await t.test('as many headers as nginx accepts pass, and cookies go to the service only', async () => {
    const large = Object.fromEntries(['a', 'b', 'c'].map((name) => [`x-large-${name}`, name.repeat(8_000)]));
    const headers = { ...credentials, ...large, cookie: 'c'.repeat(7_000) };
    const { status, body } = await send(front, { headers });
    assert.deepEqual([status, body.headers.cookie], [200, headers.cookie]);
  });

  await t.test('a CORS preflight reaches the service as anonymous, and no other OPTIONS does', async () => {
    const preflight = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' };
    const passed = await send(front, {
      method: 'OPTIONS',
      headers: { ...forged, ...credentials, ...preflight },
    });
    assert.deepEqual([passed.status, passed.body.method], [200, 'OPTIONS']);
    const names = Object.keys(passed.body.headers);
    assert.deepEqual(
      names.filter((name) => /^x[-_]auth|^authorization$|^otp$/.test(name)),
      [],
    );
    for (const [method, headers] of [
      ['OPTIONS', {}],
      ['POST', preflight],
    ] as const) {
      assert.equal((await send(front, { method, headers })).status, 401);
    }
  });

  await t.test('a revoked session is refused at the very next request', async () => {
    await app.admin.revokeSessions({ actor: operator, account });
    assert.equal((await send(front, { headers: credentials })).status, 401);
  });
});
