/** A whole server behind a real PgBouncer, as the package of the system installs it. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { parseIdentifier } from '../../src/core/account/index.ts';
import { openStorage } from '../../src/storage/index.ts';
import { openPostgres } from '../../src/storage/sql/engines/postgres/index.ts';
import { sqlStorage } from '../../src/storage/sql/sql-storage.ts';
import { Fabric, no, says, tally, times } from '../contracts/fabric/driver.ts';
import { operator } from '../support/operator.ts';
import { startPgBouncer } from '../support/pgbouncer.ts';
import { administer, locationOf } from '../support/postgres/databases.ts';
import { startPostgres } from '../support/postgres/server.ts';
import { startTestServer } from '../support/server.ts';
import { toolTest } from '../support/tools.ts';

const SECRET = 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz';
const LIMITS = { pool: 4, connectTimeoutMs: 20_000, statementTimeoutMs: 7_000 };
const away = no.text(503, 'Service temporarily unavailable. Please try again later.');

const postgres = await startPostgres();
after(() => postgres[Symbol.asyncDispose]());

/** An empty database. */
async function makeDatabase(name: string): Promise<string> {
  await administer(postgres.url('postgres'), `create database ${name}`);
  return postgres.url(name);
}

const modes = {
  // A session for each client, which therefore needs as many as all pools together.
  session: ['pool_mode = session', 'default_pool_size = 40'],
  // Fewer sessions than clients, so that each client meets what others have left behind.
  transaction: ['pool_mode = transaction', 'default_pool_size = 2'],
};

for (const [mode, settings] of Object.entries(modes)) {
  toolTest(
    'pgbouncer',
    `in ${mode} mode a server migrates, and answers many at once as it does without`,
    async (t) => {
      const url = await makeDatabase(`whole_${mode}`);
      const bouncer = await startPgBouncer(t, postgres.port, ...settings);
      const server = await startTestServer({
        env: {
          LATCHKEY_DATABASE_URL: bouncer.through(url),
          LATCHKEY_SECRET: SECRET,
          LATCHKEY_DATABASE_POOL: '8',
          LATCHKEY_RATE_LIMITS: 'on',
          LATCHKEY_SIGN_IN_ADDRESS_LIMIT: '1000/1m',
          LATCHKEY_REFRESH_ADDRESS_LIMIT: '1000/1m',
        },
      });
      t.after(() => server.stop());
      const fabric = new Fabric(server);
      const people = await Promise.all(times(10, () => fabric.member()));
      const tokens = await Promise.all(people.map(({ email }) => fabric.session(email)));
      const everybody = () => Promise.all(times(60, (n) => fabric.me(tokens[n % 10]?.access)));
      assert.deepEqual(tally(await everybody()), { 200: 60 });
      const fresh = await Promise.all(tokens.map(({ refresh }) => fabric.refresh(refresh)));
      assert.deepEqual(tally(fresh), { 200: 10 });
      const { storage, admin } = server.app;
      const account = await storage.accounts.findByIdentifier(
        parseIdentifier('email', people[0]?.email ?? ''),
      );
      assert.ok(account);
      await admin.disableAccount({ actor: operator, account });
      assert.deepEqual(
        tally(await everybody()),
        { 200: 54, 401: 6 },
        'a revocation is seen by the next request',
      );
      assert.doesNotMatch(server.logged(), /"event":"unexpected"/);
    },
  );

  toolTest(
    'pgbouncer',
    `in ${mode} mode each transaction has the time limits, and no client's are another's`,
    async (t) => {
      const url = await makeDatabase(`limits_${mode}`);
      const bouncer = await startPgBouncer(t, postgres.port, ...settings);
      const engine = openPostgres(locationOf(bouncer.through(url)), LIMITS);
      t.after(() => engine.close());
      const limits = async (database: Kysely<never>) => {
        const { rows } = await sql<{ statement: string; idle: string }>`
        select current_setting('statement_timeout') as statement,
          current_setting('idle_in_transaction_session_timeout') as idle`.execute(database);
        return Object.values(rows[0] ?? {});
      };
      const inside = await Promise.all(
        times(6, () => engine.transaction((database) => limits(database as never))),
      );
      for (const found of inside) assert.deepEqual(found, ['7s', '15s']);
      assert.deepEqual(await limits(engine.read as never), ['0', '0']);
    },
  );

  toolTest(
    'pgbouncer',
    `in ${mode} mode what is away is 503, whether PgBouncer or PostgreSQL, and comes back`,
    async (t) => {
      const server = await startPostgres();
      t.after(() => server[Symbol.asyncDispose]());
      // As patient as an operator would have it in front of a server that restarts.
      const bouncer = await startPgBouncer(
        t,
        server.port,
        ...settings,
        'server_login_retry = 0.1',
        'query_wait_timeout = 2',
      );
      const app = await startTestServer({
        env: { LATCHKEY_DATABASE_URL: bouncer.through(server.url('postgres')), LATCHKEY_SECRET: SECRET },
      });
      t.after(() => app.stop());
      const fabric = new Fabric(app);
      const { email } = await fabric.member();
      assert.equal((await fabric.logIn(email)).status, 200);
      await server.stop();
      for (const answer of await Promise.all(times(4, () => fabric.logIn(email)))) says(answer, away);
      await server.start();
      // A statement that PgBouncer had kept waiting may still be refused.
      let entered = await fabric.logIn(email);
      while (entered.status === 503) entered = await fabric.logIn(email);
      assert.equal(entered.status, 200);
      await bouncer.stop();
      for (const answer of await Promise.all(times(4, () => fabric.logIn(email)))) says(answer, away);
      assert.doesNotMatch(app.logged(), /"event":"unexpected"/);
    },
  );
}

test('a pooler that pretends to be the server loses prepared statements, and every statement is answered all the same', async () => {
  const engine = openPostgres(locationOf(await makeDatabase('forgetful')), { ...LIMITS, pool: 1 });
  const { storage } = await openStorage(locationOf(postgres.url('forgetful')), { migrations: 'run' });
  await storage.close();
  const own = sqlStorage(engine);
  const look = () => own.sessions.findLive('nobody', 0);
  assert.equal(await look(), undefined);
  // What the session of another client is like: nothing is prepared in it.
  await sql`deallocate all`.execute(engine.read);
  assert.equal(await look(), undefined);
  await own.transaction(({ sessions }) => sessions.findLive('nobody', 0));
  await own.close();
});
