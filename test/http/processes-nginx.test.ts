/** Two real processes on one database, behind a real nginx: to a client they are one server. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { documentOf, freePort, makeDirectory, me, PASSWORD, serve, signIn } from '../cli/support.ts';
import { SmtpSink } from '../delivery/smtp-sink.ts';
import { startNginx } from '../support/nginx.ts';
import { createDatabase } from '../support/postgres/databases.ts';
import { toolTest } from '../support/tools.ts';
import { send } from '../support/wire.ts';

const EMAIL = 'ada@example.com';

const databases: Record<string, (t: TestContext, directory: string) => Promise<string>> = {
  SQLite: async (_t, directory) => `sqlite:${join(directory, 'shared.db')}`,
  async PostgreSQL(t) {
    const database = await createDatabase({ isEmpty: true });
    t.after(() => database[Symbol.asyncDispose]());
    return database.url;
  },
};

async function startTwo(t: TestContext, databaseFor: NonNullable<(typeof databases)[string]>) {
  const directory = await makeDirectory(t);
  const smtp = await SmtpSink.start();
  t.after(() => smtp.close());
  const shared = {
    LATCHKEY_ENVIRONMENT: 'test',
    LATCHKEY_DATABASE_URL: await databaseFor(t, directory),
    LATCHKEY_SECRET: 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz',
    LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:8000',
    LATCHKEY_SMTP_URL: smtp.url(),
    LATCHKEY_RATE_LIMITS: 'off',
    // What a slow machine refuses because its queue is full is not what these tests are about.
    LATCHKEY_HASH_QUEUE_BUDGET: '60s',
  };
  const metricsPorts = [await freePort(), await freePort()];
  // At once, on a database that neither has seen: one migrates, the other waits for it.
  const servers = await Promise.all(
    metricsPorts.map((LATCHKEY_METRICS_PORT) =>
      serve(t, directory, { env: { ...shared, LATCHKEY_METRICS_PORT } }),
    ),
  );
  const port = await freePort();
  const upstreams = servers.map(({ url }) => `server ${new URL(url).host};`).join(' ');
  await startNginx(
    t,
    `upstream latchkey { ${upstreams} }
     server { listen 127.0.0.1:${port}; location / { proxy_pass http://latchkey; } }`,
  );
  const command = (...args: readonly string[]) =>
    documentOf(directory, args, { env: shared, input: PASSWORD });
  await command('user', 'create', '--email', EMAIL, '--verified', '--password-stdin');
  return {
    url: `http://127.0.0.1:${port}`,
    smtp,
    command,
    /** A figure of each process. */
    async figures(pattern: RegExp): Promise<number[]> {
      const texts = await Promise.all(metricsPorts.map((own) => send(`http://127.0.0.1:${own}/metrics`)));
      return texts.map(({ text }) =>
        [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0),
      );
    },
  };
}

const EVALUATIONS = /^latchkey_password_evaluations (\d+)$/gm;
const REQUESTS = /^latchkey_http_request_seconds_count\{contract="fabric".*\} (\d+)$/gm;

const atOnce = <T>(times: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: times }, (_, index) => work(index)));

const statusesOf = (answers: readonly { status: number }[]) => new Set(answers.map(({ status }) => status));

for (const [engine, databaseFor] of Object.entries(databases)) {
  toolTest('nginx', `two processes behind nginx are one server, on ${engine}`, async (t) => {
    const { url, smtp, command, figures } = await startTwo(t, databaseFor);
    const { body: tokens } = await signIn(url, EMAIL);

    await t.test('fifty refreshes of one token get the same bytes', async () => {
      const { refresh } = tokens;
      const json = { refresh };
      const answers = await atOnce(50, () => send(`${url}/api/v1/auth/token/refresh`, { json }));
      assert.deepEqual(statusesOf(answers), new Set([200]));
      assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
      for (const count of await figures(REQUESTS)) assert.ok(count > 20, 'both of them took part');
    });

    await t.test('a session that is revoked is over with the next request, whoever gets it', async () => {
      assert.deepEqual(statusesOf(await atOnce(20, () => me(url, tokens.access))), new Set([200]));
      await command('session', 'revoke', EMAIL);
      assert.deepEqual(statusesOf(await atOnce(20, () => me(url, tokens.access))), new Set([401]));
    });

    await t.test('each message is delivered by one of them', async () => {
      const sent = await atOnce(30, (index) =>
        send(`${url}/api/v1/auth/signup`, {
          json: { identifier: `guest${index}@example.com`, password: PASSWORD },
        }),
      );
      assert.deepEqual(statusesOf(sent), new Set([200]));
      await smtp.untilReceived(30);
      assert.equal(new Set(smtp.received.flatMap(({ rcptTo }) => rcptTo)).size, 30);
      assert.equal(smtp.received.length, 30);
    });

    await t.test('sixty right passwords at once all succeed', async () => {
      assert.deepEqual(statusesOf(await atOnce(60, () => signIn(url, EMAIL))), new Set([200]));
    });

    await t.test('of 200 wrong passwords at once exactly five are evaluated', async () => {
      const before = (await figures(EVALUATIONS)).reduce((sum, count) => sum + count);
      const answers = await atOnce(200, () => signIn(url, EMAIL, 'a wrong passphrase'));
      const counted = (status: number) => answers.filter((answer) => answer.status === status).length;
      assert.deepEqual([counted(401), counted(429)], [5, 195]);
      assert.equal((await figures(EVALUATIONS)).reduce((sum, count) => sum + count) - before, 5);
      assert.equal((await signIn(url, EMAIL)).status, 429);
    });
  });
}
