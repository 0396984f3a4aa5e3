import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mailbox } from '../../src/delivery/index.ts';
import { exampleMessage, runChannelConformance } from './channel-conformance.ts';
import { CapturingLog, ManualClock } from './fixture.ts';

for (const kind of ['email', 'sms'] as const) {
  runChannelConformance({
    name: `mailbox for ${kind}`,
    async open() {
      const mailbox = new Mailbox({ clock: new ManualClock(), log: new CapturingLog() });
      return {
        channel: mailbox.channel(kind),
        behave: () => {},
        untilStalled: async () => {},
        received: () => mailbox.list().map(({ to, text }) => ({ to, text })),
        close: async () => {},
      };
    },
    skip: {
      refusals: 'a mailbox in memory refuses nothing',
      abort: 'a mailbox in memory answers at once',
    },
  });
}

test('the mailbox lists what arrived, newest first, and keeps the newest 200', async () => {
  const clock = new ManualClock();
  const mailbox = new Mailbox({ clock, log: new CapturingLog() });
  const channel = mailbox.channel('email');
  for (let index = 0; index < 205; index += 1) {
    clock.advance(1_000);
    await channel.deliver(
      { ...exampleMessage(channel), text: `text ${index}` },
      new AbortController().signal,
    );
  }
  const list = mailbox.list();
  assert.equal(list.length, 200);
  assert.equal(list[0]?.text, 'text 204');
  assert.equal(list[0]?.receivedAt, clock.now());
  assert.equal(list.at(-1)?.text, 'text 5');
});

test('the mailbox prints the code and the link for the developer at the console', async () => {
  const log = new CapturingLog();
  const channel = new Mailbox({ clock: new ManualClock(), log }).channel('email');
  const link = 'http://127.0.0.1:8000/reset?token=abc';
  await channel.deliver({ ...exampleMessage(channel), link }, new AbortController().signal);
  assert.match(log.text(), /alice@example\.com/);
  assert.match(log.text(), /481516/);
  assert.ok(log.text().includes(link));
});
