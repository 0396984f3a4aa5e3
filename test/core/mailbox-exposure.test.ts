import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '../support/server.ts';
import { send } from '../support/wire.ts';

for (const [host, status] of [
  ['127.0.0.1', 200],
  ['0.0.0.0', 404],
] as const) {
  test(`the development mailbox answers ${status} where the server listens on ${host}`, async (t) => {
    const server = await startTestServer({ env: { LATCHKEY_HOST: host } });
    t.after(() => server.stop());
    const { port } = new URL(server.url);
    for (const path of ['/dev/mailbox', '/dev/mailbox.json']) {
      assert.equal((await send(`http://127.0.0.1:${port}${path}`)).status, status);
    }
  });
}
