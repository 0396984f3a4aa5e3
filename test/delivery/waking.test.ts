import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { start } from '../contracts/fabric/driver.ts';

test('a message is delivered after its commit, without a poll', async () => {
  const fabric = await start({ overrides: { delivery: { pollIntervalMs: 3_600_000 } } });
  const { app } = fabric.server;
  const email = fabric.email();
  assert.equal((await fabric.signUp(email)).status, 200);
  while ((await app.storage.outbox.countPending()) > 0) await turn();
  assert.deepEqual(
    app.mailbox?.list().map(({ to }) => to),
    [email],
  );
});
