/** Two processes on one database: what the one has counted and ended, the other knows. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { no, PASSWORD, says, start } from '../contracts/fabric/driver.ts';
import { operator } from '../support/operator.ts';
import { administer, createDatabase } from '../support/postgres/databases.ts';

const database = await createDatabase();
const env = {
  LATCHKEY_DATABASE_URL: database.url,
  LATCHKEY_SECRET: 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz',
  LATCHKEY_RATE_LIMITS: 'on',
  LATCHKEY_SIGN_IN_LIMIT: '6/1h',
  LATCHKEY_LOCKOUT_FAILURES: '50',
};
const processes = [await start({ env }), await start({ env })] as const;
const [one, other] = processes;
after(() => database[Symbol.asyncDispose]());

test('a limit by time is one limit, however many processes count', async () => {
  const email = one.email();
  await one.account({ email, password: PASSWORD });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? one : other).logIn(email, 'a wrong passphrase'),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual(
    [statuses.filter((status) => status === 401).length, statuses.filter((status) => status === 429).length],
    [6, 14],
  );
  const limited = answers.find(({ status }) => status === 429);
  assert.match(limited?.headers.get('retry-after') ?? '', /^[1-9]\d{2,3}$/);
  // Whoever it is: the right password is not looked at, either.
  assert.equal((await other.logIn(email, PASSWORD)).status, 429);
});

test('what is counted names nobody', async () => {
  const address = one.email();
  await one.logIn(address, 'a wrong passphrase');
  const rows = JSON.stringify(await administer(database.url, 'select * from rate_limits'));
  assert.match(rows, /sign_in:perIdentifier/);
  assert.ok(!rows.includes(address) && !rows.includes('127.0.0.1'));
});

// SEC-055
test('a session that one process ends is over at the other with the next request', async () => {
  const { access, refresh } = await one.guest();
  assert.equal((await other.me(access)).status, 200);
  const account = (await other.me(access)).body;
  await one.server.app.admin.revokeSessions({ actor: operator, account: await one.find(account.email) });
  says(await other.me(access), no.badToken);
  says(await other.refresh(refresh), no.refreshOver);
});

// SEC-057
test('a refresh that is repeated at the other process gets the same tokens, byte for byte', async () => {
  const { refresh } = await one.guest();
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? one : other).refresh(refresh)),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
});
