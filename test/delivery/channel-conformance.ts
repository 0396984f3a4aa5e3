import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Channel, DeliveryFailure, type RenderedMessage } from '../../src/delivery/channels/index.ts';

/** A channel and the far side it talks to. */
export interface ChannelHarness {
  readonly channel: Channel;
  behave(how: 'accept' | 'refuse_for_now' | 'refuse_for_good' | 'stall'): void;
  /** Resolves when the channel waits for an answer that it will not get. */
  untilStalled(): Promise<void>;
  /** The recipients and texts that arrived. */
  received(): readonly { readonly to: string; readonly text: string }[];
  close(): Promise<void>;
}

type Guarantee = 'refusals' | 'abort';

/**
 * What the worker relies on, whatever the channel. `skip` says which guarantees cannot be seen from outside,
 * and why.
 */
export function runChannelConformance(options: {
  name: string;
  open(): Promise<ChannelHarness>;
  skip?: Partial<Record<Guarantee, string>>;
}): void {
  const { name, open, skip = {} } = options;

  test(`${name}: delivers a message once, to its one recipient`, async (t) => {
    const harness = await open();
    t.after(() => harness.close());
    const message = exampleMessage(harness.channel);
    await harness.channel.deliver(message, new AbortController().signal);
    assert.deepEqual(harness.received(), [{ to: message.to, text: message.text }]);
  });

  test(`${name}: carries many messages at once`, async (t) => {
    const harness = await open();
    t.after(() => harness.close());
    const messages = Array.from({ length: 30 }, (_, index) => ({
      ...exampleMessage(harness.channel),
      id: `message-${index}`,
      text: `text ${index}`,
    }));
    const { signal } = new AbortController();
    await Promise.all(messages.map((message) => harness.channel.deliver(message, signal)));
    const texts = harness.received().map(({ text }) => text);
    assert.deepEqual(texts.toSorted(), messages.map(({ text }) => text).toSorted());
  });

  test(`${name}: a refusal for now is to be retried, and the retry goes through`, {
    skip: skip.refusals,
  }, async (t) => {
    const harness = await open();
    t.after(() => harness.close());
    const message = exampleMessage(harness.channel);
    const { signal } = new AbortController();
    harness.behave('refuse_for_now');
    await assert.rejects(harness.channel.deliver(message, signal), failure('retry'));
    harness.behave('accept');
    await harness.channel.deliver(message, signal);
    assert.equal(harness.received().length, 1);
  });

  test(`${name}: a refusal for good is permanent, and harms no other message`, {
    skip: skip.refusals,
  }, async (t) => {
    const harness = await open();
    t.after(() => harness.close());
    const message = exampleMessage(harness.channel);
    const { signal } = new AbortController();
    harness.behave('refuse_for_good');
    await assert.rejects(harness.channel.deliver(message, signal), failure('permanent'));
    harness.behave('accept');
    await harness.channel.deliver(message, signal);
    assert.equal(harness.received().length, 1);
  });

  test(`${name}: an abort ends a delivery that gets no answer`, { skip: skip.abort }, async (t) => {
    const harness = await open();
    t.after(() => harness.close());
    const controller = new AbortController();
    harness.behave('stall');
    const delivery = harness.channel.deliver(exampleMessage(harness.channel), controller.signal);
    // Watched from here on: it must not end before it is told to.
    const ended = assert.rejects(delivery, failure('retry'));
    await harness.untilStalled();
    controller.abort('enough');
    await ended;
  });

  test(`${name}: a delivery that was aborted before it began sends nothing`, async (t) => {
    const harness = await open();
    t.after(() => harness.close());
    const delivery = harness.channel.deliver(exampleMessage(harness.channel), AbortSignal.abort('too late'));
    await assert.rejects(delivery, failure('retry'));
    assert.deepEqual(harness.received(), []);
  });

  test(`${name}: closing twice is closing once`, async (t) => {
    const harness = await open();
    t.after(() => harness.close());
    await harness.channel.deliver(exampleMessage(harness.channel), new AbortController().signal);
    await harness.channel.close();
    await harness.channel.close();
  });
}

/** For assert.rejects: a DeliveryFailure of this kind. */
export function failure(kind: DeliveryFailure['kind']) {
  return (error: unknown): true => {
    assert.ok(error instanceof DeliveryFailure, `expected a DeliveryFailure, got ${error}`);
    assert.equal(error.kind, kind, error.message);
    return true;
  };
}

export function exampleMessage({ kind }: Pick<Channel, 'kind'>): RenderedMessage {
  const sms = kind === 'sms';
  return {
    id: '019a0000-0000-7000-8000-00000000abcd',
    to: sms ? '+4917012345678' : 'alice@example.com',
    subject: sms ? '' : 'Sign in to Latchkey',
    text: '481516 is your Latchkey code to sign in.',
    html: sms ? '' : '<p>481516</p>',
    code: '481516',
  };
}
