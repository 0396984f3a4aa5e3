/** What clients see of a PostgreSQL server that comes and goes, while one process serves them all the time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { no, says, start } from '../contracts/fabric/driver.ts';
import { startPostgres } from '../support/postgres/server.ts';

const SECRET = 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz';
const away = no.text(503, 'Service temporarily unavailable. Please try again later.');

const postgres = await startPostgres();
const fabric = await start({
  env: {
    LATCHKEY_DATABASE_URL: postgres.url('postgres'),
    LATCHKEY_SECRET: SECRET,
    LATCHKEY_RATE_LIMITS: 'on',
    LATCHKEY_DATABASE_POOL: '2',
  },
});
const { email } = await fabric.member();
const guest = { email, ...(await fabric.session(email)) };

/** Everything that a client may ask for, each with the credentials that would be good. */
const everything = () =>
  Promise.all([
    fabric.logIn(guest.email),
    fabric.logIn(guest.email, 'a wrong passphrase'),
    fabric.signUp(fabric.email()),
    fabric.post('login/passwordless/', { identifier: guest.email }),
    fabric.post('login/passwordless/confirm/', { identifier: guest.email, code: '123456' }),
    fabric.refresh(guest.refresh),
    fabric.me(guest.access),
  ]);

async function assertAway() {
  for (const answer of await everything()) {
    says(answer, away);
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  }
  const health = await fabric.send('/health/');
  assert.deepEqual([health.status, health.body.components], [503, { database: 'error' }]);
  assert.match(health.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
}

async function assertBack() {
  assert.equal((await fabric.send('/health/')).status, 200);
  assert.equal((await fabric.me(guest.access)).status, 200);
  assert.equal((await fabric.logIn(guest.email)).status, 200);
}

for (const [how, end] of Object.entries({
  'stopped by its operator': postgres.stop,
  killed: postgres.kill,
})) {
  test(`while PostgreSQL is ${how} every request is refused with Retry-After, and when it is back all is well`, async () => {
    await assertBack();
    await end();
    await assertAway();
    await assertAway();
    await postgres.start();
    await assertBack();
  });
}

test('the log says once that PostgreSQL cannot be reached and once that it can again, however many ask, and probes add nothing', async () => {
  const { logged } = fabric.server;
  const linesSince = (start: number) =>
    logged()
      .slice(start)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { event: string; level: string; reason?: string; err?: unknown });
  for (const end of [postgres.stop, postgres.kill]) {
    await assertBack();
    const start = logged().length;
    await end();
    for (let round = 0; round < 3; round += 1) {
      await assertAway();
      const probe = await fabric.send('/v1/utils/health-check');
      assert.equal(probe.status, 503);
    }
    await postgres.start();
    await assertBack();
    const about = linesSince(start).filter(({ event }) => event.startsWith('database_'));
    assert.deepEqual(
      about.map(({ event, level }) => [event, level]),
      [
        ['database_unreachable', 'warn'],
        ['database_reachable', 'info'],
      ],
    );
    assert.match(about[0]?.reason ?? '', /ECONNREFUSED/);
    const probing = logged().length;
    await end();
    for (let probes = 0; probes < 3; probes += 1) {
      for (const path of ['/health/', '/v1/utils/health-check']) await fabric.send(path);
    }
    assert.deepEqual(
      linesSince(probing).filter(({ err }) => err !== undefined),
      [],
      'no stack for a probe',
    );
    await postgres.start();
  }
});

test('a connection that only has to wait is no server that cannot be reached', async () => {
  await assertBack();
  const start = fabric.server.logged().length;
  const answers = await Promise.all(Array.from({ length: 60 }, () => fabric.me(guest.access)));
  assert.ok(answers.every(({ status }) => status === 200 || status === 503));
  assert.doesNotMatch(fabric.server.logged().slice(start), /database_unreachable/);
});

test('killed under load, requests are answered or refused, and every answer that was given is true', async () => {
  const accounts = await Promise.all([1, 2, 3, 4].map(() => fabric.member()));
  const signingIn = Promise.all(accounts.map((account) => fabric.logIn(account.email)));
  const asking = Promise.all(Array.from({ length: 40 }, () => fabric.me(guest.access)));
  await postgres.kill();
  const answers = [...(await asking), ...(await signingIn)];
  for (const answer of answers) {
    if (answer.status !== 200) says(answer, away);
  }
  await postgres.start();
  await assertBack();
  for (const answer of await signingIn) {
    if (answer.status === 200) assert.equal((await fabric.me(answer.body.data.access)).status, 200);
  }
});
