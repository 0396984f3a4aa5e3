import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ChannelKind, OutboxStore } from '../../src/core/message/index.ts';
import { systemRandom } from '../../src/crypto/random.ts';
import type { Channel, RenderedMessage } from '../../src/delivery/channels/index.ts';
import {
  createHandlers,
  DeliveryFailure,
  type JobHandler,
  type JobHandlers,
  Mailbox,
} from '../../src/delivery/index.ts';
import { HOUR_MS, openOutbox } from './fixture.ts';

/** So long that nothing in a test happens because of a poll; and a wake is answered at once. */
const NO_POLLING = { pollIntervalMs: HOUR_MS, wakeDelay: { minMs: 0, maxMs: 0 } };

/** A channel whose other side is the test. */
class ScriptedChannel implements Channel {
  readonly id = 'scripted';
  readonly kind: ChannelKind;
  readonly delivered: RenderedMessage[] = [];
  answer: (message: RenderedMessage, signal: AbortSignal) => Promise<void> | void = () => {};
  readonly rehearsed: RenderedMessage[] = [];
  readonly #begun = Promise.withResolvers<void>();
  /** Resolves when the first delivery begins. */
  readonly begun: Promise<void> = this.#begun.promise;
  #waiting: { count: number; resolve: () => void }[] = [];

  constructor(kind: ChannelKind = 'email') {
    this.kind = kind;
  }

  async rehearse(message: RenderedMessage): Promise<void> {
    this.rehearsed.push(message);
  }

  async deliver(message: RenderedMessage, signal: AbortSignal): Promise<void> {
    this.#begun.resolve();
    await this.answer(message, signal);
    this.delivered.push(message);
    for (const { count, resolve } of this.#waiting) if (this.delivered.length >= count) resolve();
  }

  /** Resolves when so many messages have been delivered. */
  async until(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ count, resolve });
    if (this.delivered.length >= count) resolve();
    await promise;
  }

  async close(): Promise<void> {}
}

/** The same outbox with some of its answers replaced: a database that has a bad day. */
function withFaults(store: OutboxStore, faults: Partial<OutboxStore>): OutboxStore {
  return { ...store, ...faults };
}

test('a message that is due is rendered, delivered and settled', async (t) => {
  const outbox = await openOutbox(t);
  const mailbox = new Mailbox({ clock: outbox.clock, log: outbox.log });
  await outbox.enqueue({ code: '481516' });
  await outbox.enqueue({ channel: 'sms', to: '+4917012345678', code: '234212' });
  const worker = outbox.worker([mailbox.channel('email'), mailbox.channel('sms')]);
  assert.deepEqual(await outbox.work(worker), { sent: 2, retried: 0, abandoned: 0 });
  const received = mailbox.list().map(({ to, channel, subject, code }) => [to, channel, subject, code]);
  assert.deepEqual(received.toSorted(), [
    ['+4917012345678', 'sms', '', '234212'],
    ['alice@example.com', 'email', 'Sign in to Latchkey', '481516'],
  ]);
  assert.deepEqual(await outbox.work(worker), { sent: 0, retried: 0, abandoned: 0 });
  assert.equal(await outbox.store.countPending(), 0);
});

test('a worker delivers everything due, however much more than fits at once', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  for (let index = 0; index < 50; index += 1) await outbox.enqueue();
  const worker = outbox.worker([channel], { settings: { concurrency: 3 } });
  assert.deepEqual(await outbox.work(worker), { sent: 50, retried: 0, abandoned: 0 });
});

test('never more deliveries are under way than there are slots', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  let underWay = 0;
  let most = 0;
  channel.answer = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await turn();
    underWay -= 1;
  };
  for (let index = 0; index < 20; index += 1) await outbox.enqueue();
  await outbox.work(outbox.worker([channel], { settings: { concurrency: 4 } }));
  assert.equal(most, 4);
});

test('a message that gets no answer holds up no other message', async (t) => {
  // SEC-092
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  channel.answer = ({ to }) => (to === 'slow@example.com' ? new Promise(() => {}) : undefined);
  await outbox.enqueue({ to: 'slow@example.com' });
  for (let index = 0; index < 10; index += 1) await outbox.enqueue();
  const worker = outbox.worker([channel], { settings: { ...NO_POLLING, concurrency: 2, stopGraceMs: 1 } });
  worker.start();
  await channel.until(10);
  await worker.stop();
  assert.equal(await outbox.store.countPending(), 1);
});

test('a poisoned message is parked while the others go', async (t) => {
  // SEC-092
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  channel.answer = ({ to }) => {
    if (to === 'gone@example.com') throw new DeliveryFailure('permanent', 'no such user');
  };
  await outbox.enqueue({}, { tampered: true });
  await outbox.enqueue({ to: 'gone@example.com' });
  await outbox.enqueue({ channel: 'sms', to: '+4917012345678' });
  const good = await outbox.enqueue();
  assert.deepEqual(await outbox.work(outbox.worker([channel])), { sent: 1, retried: 0, abandoned: 3 });
  assert.deepEqual(
    channel.delivered.map(({ id }) => id),
    [good],
  );
  assert.equal(await outbox.store.countPending(), 0);
  assert.match(outbox.log.text(), /unreadable/);
  assert.match(outbox.log.text(), /no such user/);
  assert.match(outbox.log.text(), /no channel for sms/);
});

test('an expired message is dropped, even if it expires while it waits for its turn', async (t) => {
  // SEC-097
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  channel.answer = () => outbox.clock.advance(3_000);
  await outbox.enqueue({ expiresAt: outbox.clock.now() + 1_000 });
  outbox.clock.advance(1_000);
  const worker = outbox.worker([channel], { settings: { concurrency: 1 } });
  assert.deepEqual(await outbox.work(worker), { sent: 0, retried: 0, abandoned: 1 });

  await outbox.enqueue({ expiresAt: outbox.clock.now() + 2_000 });
  await outbox.enqueue({ expiresAt: outbox.clock.now() + 2_000 });
  assert.deepEqual(await outbox.work(worker), { sent: 1, retried: 0, abandoned: 1 });
  assert.equal(channel.delivered.length, 1);
});

test('a message that expires between its claim and its delivery is dropped', async (t) => {
  // SEC-097
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const slow = withFaults(outbox.store, {
    claim: async (options) => {
      const entries = await outbox.store.claim(options);
      outbox.clock.advance(1_000);
      return entries;
    },
  });
  await outbox.enqueue({ expiresAt: outbox.clock.now() + 1_000 });
  const worker = outbox.worker([channel], { store: slow });
  assert.deepEqual(await outbox.work(worker), { sent: 0, retried: 0, abandoned: 1 });
  assert.deepEqual(channel.delivered, []);
});

// SEC-004
test('a decoy takes every step of a message but the last: claimed, opened, rendered, settled, never sent', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const steps: string[] = [];
  const watched = withFaults(outbox.store, {
    claim: async (options) => {
      const entries = await outbox.store.claim(options);
      steps.push(...entries.map(() => 'claimed'));
      return entries;
    },
    markSent: async (id, now) => {
      steps.push('settled');
      await outbox.store.markSent(id, now);
    },
  });
  const [first, second] = [
    outbox.worker([channel], { store: watched }),
    outbox.worker([channel], { store: watched }),
  ];
  await outbox.enqueue();
  assert.deepEqual(await outbox.work(first), { sent: 1, retried: 0, abandoned: 0 });
  await first.stop();
  const ofMessage = steps.splice(0);
  await outbox.enqueue({ isDecoy: true });
  assert.equal(await outbox.store.countPending(), 1);
  assert.deepEqual(await outbox.work(second), { sent: 0, retried: 0, abandoned: 0 });
  assert.deepEqual(steps, ofMessage);
  assert.deepEqual([channel.delivered.length, channel.rehearsed.length], [1, 1]);
  assert.equal(channel.rehearsed[0]?.text, channel.delivered[0]?.text);
  assert.equal(await outbox.store.countPending(), 0);
});

// SEC-004
test('a decoy that cannot be rehearsed is settled all the same, and not tried again', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  channel.rehearse = () => Promise.reject(new DeliveryFailure('permanent', 'no such address'));
  await outbox.enqueue({ isDecoy: true });
  assert.deepEqual(await outbox.work(outbox.worker([channel])), { sent: 0, retried: 0, abandoned: 0 });
  assert.equal(await outbox.store.countPending(), 0);
});

// SEC-004
test('a wake is answered after a moment that nobody can foresee, and many by one look', async (t) => {
  const outbox = await openOutbox(t);
  const claims = new Set<string>();
  const counting = withFaults(outbox.store, {
    claim: async ({ kind }) => {
      claims.add(String(kind));
      return [];
    },
  });
  const drawn: number[] = [];
  let next = 0;
  const random = {
    ...systemRandom,
    int(max: number) {
      drawn.push(max);
      return next;
    },
  };
  const settings = { pollIntervalMs: HOUR_MS, wakeDelay: { minMs: 20, maxMs: 200 } };
  const worker = outbox.worker([], { store: counting, random, settings });
  await outbox.work(worker);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const delayMs of [20, 200]) {
    claims.clear();
    next = delayMs - 20;
    for (let index = 0; index < 10; index += 1) worker.wake();
    t.mock.timers.tick(delayMs - 1);
    assert.equal(claims.size, 0, `before ${delayMs} ms`);
    t.mock.timers.tick(1);
    assert.deepEqual(claims, new Set(['email', 'sms']));
    await turn();
  }
  assert.deepEqual(drawn, [181, 181]);
  claims.clear();
  worker.wake();
  await worker.stop();
  t.mock.timers.tick(1_000);
  assert.equal(claims.size, 0);
});

// SEC-097
test('a channel that stalls in all its slots holds up no message of another kind', async (t) => {
  const outbox = await openOutbox(t);
  const [mail, sms] = [new ScriptedChannel('email'), new ScriptedChannel('sms')];
  mail.answer = () => new Promise(() => {});
  for (let index = 0; index < 5; index += 1) await outbox.enqueue();
  for (let index = 0; index < 5; index += 1) {
    await outbox.enqueue({ channel: 'sms', to: '+4917012345678' });
  }
  const worker = outbox.worker([mail, sms], {
    settings: { ...NO_POLLING, concurrency: 2, stopGraceMs: 1 },
  });
  worker.start();
  await sms.until(5);
  await worker.stop();
  assert.equal(await outbox.store.countPending(), 5);
});

test('a failed delivery waits out its pause and keeps its id, code and deadline', async (t) => {
  // SEC-092, SEC-097
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const tried: RenderedMessage[] = [];
  channel.answer = (message) => {
    tried.push(message);
    if (tried.length < 3) throw new DeliveryFailure('retry', 'busy');
  };
  const worker = outbox.worker([channel], { settings: { backoff: { baseMs: 1_000, capMs: 60_000 } } });
  await outbox.enqueue();
  assert.deepEqual(await outbox.work(worker), { sent: 0, retried: 1, abandoned: 0 });
  outbox.clock.advance(999);
  assert.deepEqual(await outbox.work(worker), { sent: 0, retried: 0, abandoned: 0 });
  outbox.clock.advance(1);
  assert.deepEqual(await outbox.work(worker), { sent: 0, retried: 1, abandoned: 0 });
  outbox.clock.advance(1_999);
  assert.deepEqual(await outbox.work(worker), { sent: 0, retried: 0, abandoned: 0 });
  outbox.clock.advance(1);
  assert.deepEqual(await outbox.work(worker), { sent: 1, retried: 0, abandoned: 0 });
  assert.deepEqual(new Set(tried.map(({ id, code }) => `${id} ${code}`)).size, 1);
});

test('a message whose delivery always fails is parked after its last attempt', async (t) => {
  // SEC-092
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  channel.answer = () => {
    throw new Error('a fault of the channel itself');
  };
  const worker = outbox.worker([channel], {
    settings: { maxAttempts: 3, backoff: { baseMs: 10, capMs: 10 } },
  });
  await outbox.enqueue();
  const rounds = [];
  for (let round = 0; round < 5; round += 1) {
    rounds.push(await outbox.work(worker));
    outbox.clock.advance(10);
  }
  assert.deepEqual(
    rounds.map(({ retried }) => retried),
    [1, 1, 0, 0, 0],
  );
  assert.deepEqual(
    rounds.map(({ abandoned }) => abandoned),
    [0, 0, 1, 0, 0],
  );
  assert.match(outbox.log.text(), /tried 3 times: a fault of the channel itself/);
});

test('a message that took the process with it each time is in the end not tried again', async (t) => {
  // SEC-092: a worker that dies leaves nothing but its claim.
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const leaseMs = 30_000;
  await outbox.enqueue({ expiresAt: outbox.clock.now() + HOUR_MS });
  for (let crash = 0; crash < 3; crash += 1) {
    const now = outbox.clock.now();
    assert.equal(
      (await outbox.store.claim({ owner: 'test', now, leaseUntil: now + leaseMs, limit: 1 })).length,
      1,
    );
    outbox.clock.advance(leaseMs);
  }
  const worker = outbox.worker([channel], { settings: { maxAttempts: 3 } });
  assert.deepEqual(await outbox.work(worker), { sent: 0, retried: 0, abandoned: 1 });
});

test('what a worker that died had claimed is delivered when its lease ends', async (t) => {
  // SEC-092
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  await outbox.enqueue();
  const now = outbox.clock.now();
  await outbox.store.claim({ owner: 'test', now, leaseUntil: now + 30_000, limit: 10 });
  const worker = outbox.worker([channel]);
  assert.deepEqual(await outbox.work(worker), { sent: 0, retried: 0, abandoned: 0 });
  outbox.clock.advance(30_000);
  assert.deepEqual(await outbox.work(worker), { sent: 1, retried: 0, abandoned: 0 });
});

test('what a process had claimed that ended is due at the next start, without a wait', async (t) => {
  // SEC-092
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const [first, second] = [await outbox.enqueue(), await outbox.enqueue()];
  await outbox.enqueue({ to: 'of a living process' });
  const now = outbox.clock.now();
  const claim = { now, leaseUntil: now + 30_000 };
  await outbox.store.claim({ ...claim, owner: 'dead', limit: 2 });
  await outbox.store.claim({ ...claim, owner: 'alive', limit: 1 });
  const worker = outbox.worker([channel], {
    settings: NO_POLLING,
    hasEnded: (owner) => owner === 'dead',
  });
  worker.start();
  await channel.until(2);
  await worker.stop();
  assert.deepEqual(channel.delivered.map(({ id }) => id).toSorted(), [first, second].toSorted());
  assert.match(outbox.log.text(), /2 messages are due again/);
});

test('the claim of a delivery that takes long is renewed until it ends', async (t) => {
  // SEC-092
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const renewed = Promise.withResolvers<void>();
  const delivered = Promise.withResolvers<void>();
  channel.answer = () => delivered.promise;
  const id = await outbox.enqueue();
  const watched = withFaults(outbox.store, {
    renew: async (entry, options) => {
      await outbox.store.renew(entry, options);
      if (options.leaseUntil === outbox.clock.now() + 8_000) renewed.resolve();
    },
  });
  const worker = outbox.worker([channel], { store: watched, settings: { ...NO_POLLING, renewalMs: 1 } });
  worker.start();
  await channel.begun;
  outbox.clock.advance(7_000);
  await renewed.promise;
  outbox.clock.advance(7_000);
  assert.deepEqual(await outbox.work(outbox.worker([channel])), { sent: 0, retried: 0, abandoned: 0 });
  delivered.resolve();
  await worker.stop();
  assert.deepEqual(
    channel.delivered.map((message) => message.id),
    [id],
  );
});

test('messages to one recipient go out one at a time, in order of arrival', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  let underWay = 0;
  channel.answer = async () => {
    underWay += 1;
    assert.equal(underWay, 1);
    await turn();
    underWay -= 1;
  };
  const ids: string[] = [];
  for (let index = 0; index < 10; index += 1) ids.push(await outbox.enqueue({ to: 'alice@example.com' }));
  const workers = [outbox.worker([channel]), outbox.worker([channel])];
  while ((await outbox.store.countPending()) > 0)
    await Promise.all(workers.map((worker) => outbox.work(worker)));
  assert.deepEqual(
    channel.delivered.map(({ id }) => id),
    ids,
  );
});

test('a kind of job is added by a handler alone', async (t) => {
  const outbox = await openOutbox(t);
  const posted: unknown[] = [];
  const webhook: JobHandler<{ url: string }> = {
    describe: ({ url }) => ({ to: new URL(url).host }),
    async run(payload, id) {
      if (posted.push([id, payload]) === 1) throw new DeliveryFailure('retry', 'busy');
      return 'sent';
    },
  };
  const mail = new ScriptedChannel();
  const handlers: JobHandlers & { webhook: typeof webhook } = {
    ...createHandlers({ channels: [mail], clock: outbox.clock, sender: { productName: 'Latchkey' } }),
    webhook,
  };
  const payload = { url: 'https://hooks.example/latchkey' };
  const id = await outbox.enqueueJob('webhook', payload);
  await outbox.enqueue();
  const worker = outbox.worker([], { handlers });
  assert.deepEqual(await outbox.work(worker), { sent: 1, retried: 1, abandoned: 0 });
  outbox.clock.advance(1_000);
  assert.deepEqual(await outbox.work(worker), { sent: 1, retried: 0, abandoned: 0 });
  assert.deepEqual(posted, [
    [id, payload],
    [id, payload],
  ]);
  assert.match(outbox.log.text(), /"to":"hooks\.example"/);
});

// SEC-027: the kind is a column that is not sealed.
test('a message is delivered only by the channel that it was written for', async (t) => {
  const outbox = await openOutbox(t);
  const sms = new ScriptedChannel('sms');
  await outbox.enqueueJob('sms', {
    channel: 'email',
    topic: 'sign_in',
    to: 'alice@example.com',
    code: '481516',
  });
  assert.deepEqual(await outbox.work(outbox.worker([sms])), { sent: 0, retried: 0, abandoned: 1 });
  assert.deepEqual(sms.delivered, []);
});

test('a message whose code is dead is dropped, and says so in the log alone', async (t) => {
  // SEC-023
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const told: string[] = [];
  await outbox.enqueue({ to: 'alice@example.com' }, { challengeId: 'replaced' });
  const newest = await outbox.enqueue({ to: 'alice@example.com' });
  const worker = outbox.worker([channel], { observer: (outcome) => told.push(outcome) });
  assert.deepEqual(await outbox.work(worker), { sent: 1, retried: 0, abandoned: 0 });
  assert.deepEqual(
    channel.delivered.map(({ id }) => id),
    [newest],
  );
  assert.deepEqual(told, ['sent']);
  assert.match(outbox.log.text(), /"event":"message_dropped"/);
  assert.equal(await outbox.store.countPending(), 0);
});

test('a delivery that the database could not record goes out again under the same id', async (t) => {
  // SEC-092: killed between the server's 250 and our note of it.
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  await outbox.enqueue();
  const forgetful = withFaults(outbox.store, {
    markSent: async () => {
      throw new Error('disk full');
    },
  });
  const first = outbox.worker([channel], { store: forgetful });
  await outbox.work(first);
  await first.stop();
  outbox.clock.advance(30_000);
  assert.deepEqual(await outbox.work(outbox.worker([channel])), { sent: 1, retried: 0, abandoned: 0 });
  const [once, again] = channel.delivered;
  assert.deepEqual([once?.id, once?.code], [again?.id, again?.code]);
});

test('two workers on one outbox deliver each message once', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  channel.answer = () => turn();
  for (let index = 0; index < 60; index += 1) await outbox.enqueue();
  const workers = [outbox.worker([channel]), outbox.worker([channel]), outbox.worker([channel])];
  const counts = await Promise.all(workers.map((worker) => outbox.work(worker)));
  assert.equal(
    counts.reduce((sum, { sent }) => sum + sent, 0),
    60,
  );
  assert.equal(new Set(channel.delivered.map(({ id }) => id)).size, 60);
});

test('a channel that is deaf to its signal loses its slot all the same', async (t) => {
  // SEC-097
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  channel.answer = () => new Promise(() => {});
  await outbox.enqueue();
  const worker = outbox.worker([channel], { settings: { deliveryTimeoutMs: 1 } });
  assert.deepEqual(await outbox.work(worker), { sent: 0, retried: 1, abandoned: 0 });
  assert.match(outbox.log.text(), /took longer than 1 ms/);
});

test('a claim that would end before it is renewed is refused as a setting', async (t) => {
  const outbox = await openOutbox(t);
  assert.throws(() => outbox.worker([], { settings: { renewalMs: 5_000, leaseMs: 5_000 } }), /renewed/);
});

test('a started worker delivers what was there before it and, woken, what comes after', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const worker = outbox.worker([channel], { settings: NO_POLLING });
  await outbox.enqueue();
  worker.start();
  worker.start();
  await channel.until(1);
  await outbox.enqueue();
  worker.wake();
  await channel.until(2);
});

test('a started worker finds by itself what fell due or was written by another process', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  outbox.worker([channel], { settings: { pollIntervalMs: 1 } }).start();
  await outbox.enqueue();
  await channel.until(1);
});

test('a thousand wakes in a row cost a handful of claims, and none is lost', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  let claims = 0;
  const counting = withFaults(outbox.store, {
    claim: (options) => {
      claims += 1;
      return outbox.store.claim(options);
    },
  });
  const worker = outbox.worker([channel], { store: counting, settings: NO_POLLING });
  await outbox.work(worker);
  claims = 0;
  await outbox.enqueue();
  for (let index = 0; index < 1_000; index += 1) worker.wake();
  await channel.until(1);
  // Two of each kind.
  assert.ok(claims <= 4, `${claims} claims`);
});

test('a wake that falls into a claim under way is answered by another claim', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const claimed = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let claims = 0;
  const slow = withFaults(outbox.store, {
    claim: async (options) => {
      if (options.kind === 'email') claims += 1;
      const isFirst = options.kind === 'email' && claims === 1;
      const entries = await outbox.store.claim(options);
      if (!isFirst) return entries;
      claimed.resolve();
      await released.promise;
      return entries;
    },
  });
  const worker = outbox.worker([channel], { store: slow, settings: NO_POLLING });
  worker.start();
  await claimed.promise;
  await outbox.enqueue();
  worker.wake();
  released.resolve();
  await channel.until(1);
});

test('a wake before the start is for the start to answer', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const worker = outbox.worker([channel], { settings: NO_POLLING });
  await outbox.enqueue();
  worker.wake();
  assert.equal(await outbox.store.countPending(), 1);
  worker.start();
  await channel.until(1);
});

test('a database that fails and recovers stops no worker', async (t) => {
  // SEC-096
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  let failures = 3;
  const shaky = withFaults(outbox.store, {
    claim: async (options) => {
      if (failures-- > 0) throw new Error('database is locked');
      return outbox.store.claim(options);
    },
  });
  await outbox.enqueue();
  const worker = outbox.worker([channel], { store: shaky, settings: { pollIntervalMs: 1 } });
  worker.start();
  await channel.until(1);
  assert.match(outbox.log.text(), /database is locked/);
});

test('while the database fails it is asked more and more rarely, but never given up', async (t) => {
  // SEC-096
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const askedAt: number[] = [];
  let elapsedMs = 0;
  let down = true;
  const broken = withFaults(outbox.store, {
    abandonExpired: (now) => {
      askedAt.push(elapsedMs);
      return down ? Promise.reject(new Error('database is locked')) : outbox.store.abandonExpired(now);
    },
  });
  await outbox.enqueue();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  outbox.worker([channel], { store: broken, settings: { pollIntervalMs: 1_000 } }).start();
  while (elapsedMs < 100_000) {
    await turn();
    elapsedMs += 1_000;
    t.mock.timers.tick(1_000);
  }
  const pauses = askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0));
  assert.deepEqual(pauses, [2_000, 4_000, 8_000, 16_000, 32_000, 32_000]);
  down = false;
  t.mock.timers.tick(32_000);
  await channel.until(1);
});

test('while the database fails, wakes do not hammer it', async (t) => {
  // SEC-096
  const outbox = await openOutbox(t);
  let claims = 0;
  const failed = Promise.withResolvers<void>();
  const broken = withFaults(outbox.store, {
    claim: async () => {
      claims += 1;
      throw new Error('database is locked');
    },
  });
  const log = { ...quiet, error: () => failed.resolve() };
  const worker = outbox.worker([], { store: broken, log, settings: NO_POLLING });
  worker.start();
  await failed.promise;
  for (let index = 0; index < 1_000; index += 1) worker.wake();
  await worker.stop();
  // One of each kind.
  assert.equal(claims, 2);
});

test('a claim that fails is reported once, however many wakes waited for it', async (t) => {
  // SEC-088
  const outbox = await openOutbox(t);
  const claimed = Promise.withResolvers<void>();
  const failing = Promise.withResolvers<never>();
  const broken = withFaults(outbox.store, {
    claim: () => {
      claimed.resolve();
      return failing.promise;
    },
  });
  const worker = outbox.worker([], { store: broken, settings: NO_POLLING });
  worker.start();
  await claimed.promise;
  for (let index = 0; index < 1_000; index += 1) worker.wake();
  failing.reject(new Error('database is locked'));
  await worker.stop();
  assert.equal(outbox.log.text().match(/database is locked/g)?.length, 1);
});

test('stop lets a delivery finish and claims nothing more', async (t) => {
  // SEC-100
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  channel.answer = () => {
    begun.resolve();
    return finish.promise;
  };
  await outbox.enqueue();
  await outbox.enqueue();
  const worker = outbox.worker([channel], {
    settings: { ...NO_POLLING, concurrency: 1, stopGraceMs: HOUR_MS },
  });
  worker.start();
  await begun.promise;
  const stopped = worker.stop();
  assert.equal(worker.stop(), stopped, 'stopping twice is stopping once');
  worker.wake();
  finish.resolve();
  await stopped;
  assert.equal(channel.delivered.length, 1);
  worker.wake();
  await turn();
  assert.equal(await outbox.store.countPending(), 1);
  assert.equal(channel.delivered.length, 1);
});

test('stop ends a delivery that outlasts the grace period, and the message is tried again later', async (t) => {
  // SEC-100
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const begun = Promise.withResolvers<void>();
  channel.answer = (_message, signal) => {
    begun.resolve();
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut short'))));
  };
  await outbox.enqueue();
  const worker = outbox.worker([channel], { settings: { ...NO_POLLING, stopGraceMs: 1 } });
  worker.start();
  await begun.promise;
  await worker.stop();
  assert.match(outbox.log.text(), /the server is shutting down/);
  channel.answer = () => {};
  outbox.clock.advance(1_000);
  assert.deepEqual(await outbox.work(outbox.worker([channel])), { sent: 1, retried: 0, abandoned: 0 });
});

test('a claim that stop overtakes is given back at once, uncounted', async (t) => {
  // SEC-100
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  const claimed = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const slow = withFaults(outbox.store, {
    claim: async (options) => {
      const entries = await outbox.store.claim(options);
      claimed.resolve();
      await released.promise;
      return entries;
    },
  });
  await outbox.enqueue();
  const worker = outbox.worker([channel], { store: slow, settings: NO_POLLING });
  worker.start();
  await claimed.promise;
  const stopped = worker.stop();
  released.resolve();
  await stopped;
  assert.deepEqual(channel.delivered, []);
  const now = outbox.clock.now();
  const [entry] = await outbox.store.claim({ owner: 'test', now, leaseUntil: now + 1, limit: 1 });
  assert.equal(entry?.attempts, 1);
});

test('every outcome is told to the observer, expired messages included', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  channel.answer = ({ to }) => {
    if (to === 'busy@example.com') throw new DeliveryFailure('retry', 'busy');
    if (to === 'gone@example.com') throw new DeliveryFailure('permanent', 'gone');
  };
  const told = { sent: 0, retried: 0, abandoned: 0 };
  await outbox.enqueue({ expiresAt: outbox.clock.now() });
  for (const to of ['alice@example.com', 'busy@example.com', 'gone@example.com'])
    await outbox.enqueue({ to });
  const worker = outbox.worker([channel], {
    observer: (outcome, count) => {
      told[outcome] += count;
    },
  });
  assert.deepEqual(await outbox.work(worker), { sent: 1, retried: 1, abandoned: 2 });
  assert.deepEqual(told, { sent: 1, retried: 1, abandoned: 2 });
});

test('the time a message announces is what is left when it is sent', async (t) => {
  const outbox = await openOutbox(t);
  const channel = new ScriptedChannel();
  await outbox.enqueue({ expiresAt: outbox.clock.now() + 10 * 60_000 });
  outbox.clock.advance(3 * 60_000);
  await outbox.work(outbox.worker([channel]));
  assert.match(channel.delivered[0]?.text ?? '', /works for 7 minutes/);
});

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
