import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { SmtpSink } from '../delivery/smtp-sink.ts';
import { send } from '../support/wire.ts';
import { makeDirectory, PASSWORD, serve } from './support.ts';

/** A server with a message under way to a mail server that does not answer. */
async function startDelivery(t: TestContext, workers: string) {
  const sink = await SmtpSink.start();
  t.after(() => sink.close());
  const directory = await makeDirectory(t);
  const env = { LATCHKEY_SMTP_URL: sink.url(), LATCHKEY_WORKERS: workers };
  const server = await serve(t, directory, { env });
  sink.behaviour = 'stall';
  const json = { identifier: 'ada@example.com', password: PASSWORD };
  assert.equal((await send(`${server.url}/api/v1/auth/signup`, { json })).status, 200);
  await sink.untilStalled();
  sink.behaviour = 'accept';
  return { sink, directory, env, server };
}

// SEC-092
test('a message that a killed server was delivering is due as soon as the next one starts', async (t) => {
  const { sink, directory, env, server } = await startDelivery(t, '1');
  await server.end('SIGKILL');
  const next = await serve(t, directory, { env });
  await next.printed(/"event":"claims_released".*1 message is due again/);
  await sink.untilReceived(1);
});

// SEC-092
test('a message that a killed worker was delivering is due as soon as another takes its place', async (t) => {
  const { sink, directory, server } = await startDelivery(t, '2');
  const database = new DatabaseSync(join(directory, 'data/latchkey.db'), { readOnly: true });
  const { owner } = database.prepare('select claimed_by as owner from outbox').get() as { owner: string };
  database.close();
  process.kill(Number.parseInt(owner, 10), 'SIGKILL');
  await server.printed(/"event":"claims_released".*1 message is due again/);
  await sink.untilReceived(1);
});
