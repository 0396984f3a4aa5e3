import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../support/server.ts';
import { send } from '../support/wire.ts';

/** What browsers send when a person opens an address. */
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

let server: TestServer;

before(async () => {
  server = await startTestServer({
    env: { LATCHKEY_PRODUCT_NAME: 'Acme', LATCHKEY_APP_URL: 'https://app.example.com' },
  });
});
after(() => server.stop());

test('a person who opens an address that is not there sees a page, with a way to the application', async () => {
  for (const path of ['/nothing', '/api', '/wp-login.php?x=1']) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await send(`${server.url}${path}`, { method, headers: { accept: BROWSER } });
      assert.deepEqual(
        [answer.status, answer.headers.get('content-type')],
        [404, 'text/html; charset=utf-8'],
        path,
      );
      assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
      assert.equal(answer.headers.get('vary'), 'accept');
      if (method === 'HEAD') continue;
      assert.match(answer.text, /<h1>Nothing here<\/h1>/);
      assert.match(answer.text, /<a class="button" href="https:\/\/app\.example\.com\/?">Go to Acme<\/a>/);
      assert.ok(!answer.text.includes('wp-login'), 'nothing of the address is repeated');
    }
  }
});

test('a program gets JSON there, whatever it accepts but HTML', async () => {
  for (const accept of ['application/json', '*/*', 'application/json, text/plain, */*', '']) {
    const answer = await send(`${server.url}/nothing`, { headers: { accept } });
    assert.deepEqual([answer.status, answer.body], [404, { detail: 'Not found.' }], accept);
  }
  const post = await send(`${server.url}/nothing`, { method: 'POST', headers: { accept: BROWSER } });
  assert.deepEqual([post.status, post.body], [404, { detail: 'Not found.' }]);
});

test('under a contract’s paths its own words answer, also to a browser', async () => {
  for (const path of ['/api/v1/auth/nothing', '/v1/nothing', '/api/v1/public/nothing', '/auth/nothing']) {
    const headers = { accept: BROWSER };
    const [browser, program] = [await send(server.url + path, { headers }), await send(server.url + path)];
    assert.deepEqual([browser.status, browser.text], [program.status, program.text], path);
    assert.match(browser.headers.get('content-type') ?? '', /^application\/json/, path);
  }
});
