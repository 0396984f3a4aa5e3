import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createSmsHttpChannel } from '../../src/delivery/channels/sms-http.ts';
import { exampleMessage, failure, runChannelConformance } from './channel-conformance.ts';
import { HttpSink } from './http-sink.ts';

const MESSAGE = exampleMessage({ kind: 'sms' });

runChannelConformance({
  name: 'sms-http',
  async open() {
    const sink = await HttpSink.start();
    const channel = createSmsHttpChannel({ url: `http://${sink.host}/send` });
    const answers = {
      accept: { status: 202 },
      refuse_for_now: { status: 503 },
      refuse_for_good: { status: 422 },
    };
    const accepted: number[] = [];
    return {
      channel,
      behave: (how) => {
        sink.answer = how === 'stall' ? 'stall' : answers[how];
        if (how === 'accept') accepted.push(sink.received.length);
      },
      untilStalled: () => sink.untilStalled(),
      received: () => sink.received.slice(accepted.at(-1)).map(({ body }) => JSON.parse(body)),
      close: () => sink.close(),
    };
  },
});

async function open(t: TestContext, { userInfo = '' } = {}) {
  const sink = await HttpSink.start();
  t.after(() => sink.close());
  const channel = createSmsHttpChannel({ url: `http://${userInfo}${sink.host}/send?from=Latchkey` });
  return { sink, deliver: () => channel.deliver(MESSAGE, new AbortController().signal) };
}

test('an SMS is a POST of {"to","text"} to the URL as it was given', async (t) => {
  const { sink, deliver } = await open(t);
  await deliver();
  const [request] = sink.received;
  assert.equal(request?.method, 'POST');
  assert.equal(request?.path, '/send?from=Latchkey');
  assert.equal(request?.headers['content-type'], 'application/json');
  assert.equal(request?.headers.authorization, undefined);
  assert.deepEqual(JSON.parse(request?.body ?? ''), { to: MESSAGE.to, text: MESSAGE.text });
});

test('credentials of the URL become Basic authorization', async (t) => {
  const { sink, deliver } = await open(t, { userInfo: 'sms%40example.com:p%2Fw%C3%BC@' });
  await deliver();
  const expected = `Basic ${Buffer.from('sms@example.com:p/wü').toString('base64')}`;
  assert.equal(sink.received[0]?.headers.authorization, expected);
});

test('a redirect is not followed: the code goes to the configured host or nowhere', async (t) => {
  const elsewhere = await HttpSink.start();
  t.after(() => elsewhere.close());
  const { sink, deliver } = await open(t);
  for (const status of [301, 302, 303, 307, 308]) {
    sink.answer = { status, headers: { location: `http://${elsewhere.host}/` } };
    await assert.rejects(deliver(), failure('retry'));
  }
  assert.deepEqual(elsewhere.received, []);
});

test('what a status means for the message is decided by whose fault it names', async (t) => {
  const { sink, deliver } = await open(t);
  for (const status of [400, 403, 404, 410, 413, 422]) {
    sink.answer = { status };
    await assert.rejects(deliver(), failure('permanent'), String(status));
  }
  for (const status of [401, 407, 408, 425, 429, 500, 502, 503, 504]) {
    sink.answer = { status };
    await assert.rejects(deliver(), failure('retry'), String(status));
  }
  for (const status of [200, 201, 202, 204]) {
    sink.answer = { status };
    await deliver();
  }
});

test('a gateway that is not there is retried, and the reason is the network’s', async (t) => {
  const { sink, deliver } = await open(t);
  await sink.close();
  await assert.rejects(deliver(), /ECONNREFUSED/);
  await assert.rejects(deliver(), failure('retry'));
});

test('a URL that is none says how to write it', () => {
  for (const url of ['sms.example.com', 'ftp://sms.example.com', '']) {
    assert.throws(() => createSmsHttpChannel({ url }), /https:\/\/user:password@sms\.example\.com/);
  }
});
