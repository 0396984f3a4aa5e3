import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createChannels } from '../../src/delivery/index.ts';
import { openOutbox } from './fixture.ts';
import { SmtpSink } from './smtp-sink.ts';

async function open(t: TestContext) {
  const outbox = await openOutbox(t);
  const sink = await SmtpSink.start();
  const channels = createChannels({ smtpUrl: sink.url(), mailFrom: 'Latchkey <no-reply@example.com>' });
  t.after(async () => {
    await Promise.all(channels.map((channel) => channel.close()));
    await sink.close();
  });
  return { outbox, sink, channels };
}

test('of a sender at a domain with other letters, every header is ASCII', async (t) => {
  const { outbox, sink } = await open(t);
  const channels = createChannels({ smtpUrl: sink.url(), mailFrom: 'Bücher <no-reply@bücher.example>' });
  t.after(() => Promise.all(channels.map((channel) => channel.close())));
  const id = await outbox.enqueue();
  await outbox.work(outbox.worker(channels));
  const [mail] = sink.received;
  const [head = ''] = mail?.raw.split('\r\n\r\n', 1) ?? [];
  assert.match(head, /^[\x20-\x7e\r\n]+$/);
  assert.match(head, /^From: =\?UTF-8\?\S+ <no-reply@xn--bcher-kva\.example>$/m);
  assert.equal(mail?.parsed.messageId, `<${id}@xn--bcher-kva.example>`);
});

test('a mail server that refuses for now gets the same message again, once', async (t) => {
  // SEC-097
  const { outbox, sink, channels } = await open(t);
  const worker = outbox.worker(channels);
  await outbox.enqueue();
  sink.behaviour = 'refuse_for_now';
  assert.deepEqual(await outbox.work(worker), { sent: 0, retried: 1, abandoned: 0 });
  sink.behaviour = 'accept';
  outbox.clock.advance(1_000);
  assert.deepEqual(await outbox.work(worker), { sent: 1, retried: 0, abandoned: 0 });
  assert.equal(sink.received.length, 1);
  assert.match(sink.received[0]?.parsed.text ?? '', /481516/);
});

test('a recipient refused for good is given up at once, and the others get theirs', async (t) => {
  // SEC-092
  const { outbox, sink, channels } = await open(t);
  sink.behaviourFor = (to) => (to === 'gone@example.com' ? 'refuse_for_good' : 'accept');
  for (const to of ['a@example.com', 'gone@example.com', 'b@example.com']) await outbox.enqueue({ to });
  assert.deepEqual(await outbox.work(outbox.worker(channels)), { sent: 2, retried: 0, abandoned: 1 });
  const recipients = sink.received.map(({ rcptTo }) => rcptTo.join());
  assert.deepEqual(recipients.toSorted(), ['a@example.com', 'b@example.com']);
});

test('a mail server that dies in the middle of messages has them all when it is back', async (t) => {
  // SEC-092
  const { outbox, sink, channels } = await open(t);
  const worker = outbox.worker(channels);
  const ids = [];
  for (let index = 0; index < 5; index += 1)
    ids.push(await outbox.enqueue({ to: `user${index}@example.com` }));
  sink.behaviour = 'die_in_data';
  const first = await outbox.work(worker);
  assert.equal(first.sent + first.retried, 5);
  sink.behaviour = 'accept';
  outbox.clock.advance(1_000);
  await outbox.work(worker);
  const arrived = new Set(sink.received.map(({ parsed }) => parsed.messageId));
  assert.deepEqual(arrived, new Set(ids.map((id) => `<${id}@example.com>`)));
});

test('a mail server that stalls on one message delivers the others, and the one when it answers again', async (t) => {
  // SEC-004, SEC-097
  const { outbox, sink, channels } = await open(t);
  sink.behaviourFor = (to) => (to === 'slow@example.com' ? 'stall' : 'accept');
  await outbox.enqueue({ to: 'slow@example.com' });
  const others = Array.from({ length: 5 }, (_, index) => `user${index}@example.com`);
  for (const to of others) await outbox.enqueue({ to });
  const worker = outbox.worker(channels, { settings: { concurrency: 2, stopGraceMs: 1 } });
  worker.start();
  await sink.untilStalled();
  await sink.untilReceived(5);
  await worker.stop();
  sink.behaviourFor = () => 'accept';
  outbox.clock.advance(1_000);
  await outbox.work(outbox.worker(channels));
  const arrived = new Set(sink.received.map(({ rcptTo }) => rcptTo.join()));
  assert.deepEqual(arrived, new Set([...others, 'slow@example.com']));
});

test('no log line and no stored reason holds a code, a link or a whole address, whatever the server quotes', async (t) => {
  // SEC-087
  const { outbox, sink, channels } = await open(t);
  const reasons: string[] = [];
  const store = {
    ...outbox.store,
    markRetry(id: string, options: { owner: string; nextAttemptAt: number; reason: string }) {
      reasons.push(options.reason);
      return outbox.store.markRetry(id, options);
    },
    markAbandoned(id: string, options: { now: number; reason: string }) {
      reasons.push(options.reason);
      return outbox.store.markAbandoned(id, options);
    },
  };
  sink.behaviourFor = (to) => {
    if (to.startsWith('busy')) return 'refuse_for_now';
    if (to.startsWith('gone')) return 'refuse_for_good';
    return to.startsWith('spam') ? 'refuse_data_for_good' : 'accept';
  };
  const secrets = ['481516', 'CanaryToken', 'canary.example', 'moved-canary'];
  for (const name of ['alice', 'busy', 'gone', 'spam']) {
    const to = `${name}-canary@example.com`;
    secrets.push(to);
    await outbox.enqueue({ to, code: '481516', link: 'https://canary.example/r?token=CanaryToken' });
    await outbox.enqueue({ to, topic: 'email_change_notice', newAddress: 'moved-canary@example.org' });
  }
  await outbox.enqueue({ channel: 'sms', to: '+4917012345678' });
  await outbox.enqueue({}, { tampered: true });
  await outbox.work(outbox.worker(channels, { store }));
  const written = `${outbox.log.text()}\n${reasons.join('\n')}`;
  for (const secret of [...secrets, '+4917012345678']) assert.ok(!written.includes(secret), secret);
  assert.match(written, /"to":"a\*\*\*@example\.com"/);
  assert.match(written, /"to":"\+4917\*\*\*78"/);
  assert.match(written, /550 5\.1\.1/);
});
