import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIdentifier } from 'latchkey/contracts';
import { openStorage } from 'latchkey/storage';
import { start } from './start.ts';

test('a fifth contract needs no schema of its own, and finds the accounts of all others', async (t) => {
  const server = await start();
  t.after(() => server.stop());
  const { url, app, path } = server;
  // Made by another contract of the same server.
  const person = { email: 'ada@example.com', username: 'ada', password: 'a long passphrase' };
  const headers = { 'content-type': 'application/json' };
  const post = (at: string, body: object) =>
    fetch(`${url}${at}`, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.equal((await post('/v1/users/signup', person)).status, 200);
  const login = await post('/login', { username: 'ada', password: person.password });
  const { token } = (await login.json()) as { token: string };
  const authorization = `Bearer ${token}`;
  const whoami = await fetch(`${url}/whoami`, { headers: { authorization } });

  const { storage } = await openStorage({ engine: 'sqlite', path }, { migrations: 'refuse' });
  const stored = await storage.accounts.findByIdentifier(parseIdentifier('username', 'ada'));
  await storage.close();
  assert.deepEqual(await whoami.json(), { id: stored?.id, username: 'ada' });
  assert.ok(app.mounts.some(({ contract }) => contract === 'minimal'));
});
