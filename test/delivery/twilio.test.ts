import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createTwilioChannel } from '../../src/delivery/channels/twilio.ts';
import { exampleMessage, failure, runChannelConformance } from './channel-conformance.ts';
import { HttpSink } from './http-sink.ts';

const MESSAGE = exampleMessage({ kind: 'sms' });
const SID = 'AC0123456789abcdef0123456789abcdef';

/** As Twilio documents its answers. */
const ANSWERS = {
  accept: { status: 201, body: '{"sid":"SM1","status":"queued","error_code":null}' },
  refuse_for_now: { status: 429, body: '{"code":20429,"message":"Too Many Requests","status":429}' },
  refuse_for_good: {
    status: 400,
    body: `{"code":21211,"message":"The 'To' number ${MESSAGE.to} is not a valid phone number.","status":400}`,
  },
};

runChannelConformance({
  name: 'twilio',
  async open() {
    const sink = await HttpSink.start();
    const url = `twilio://${SID}:token@api.twilio.com?from=+15551234567`;
    const channel = createTwilioChannel({ url, baseUrl: `http://${sink.host}` });
    const accepted: number[] = [];
    sink.answer = ANSWERS.accept;
    return {
      channel,
      behave: (how) => {
        sink.answer = how === 'stall' ? 'stall' : ANSWERS[how];
        if (how === 'accept') accepted.push(sink.received.length);
      },
      untilStalled: () => sink.untilStalled(),
      received: () =>
        sink.received.slice(accepted.at(-1)).map(({ body }) => {
          const form = new URLSearchParams(body);
          return { to: form.get('To') ?? '', text: form.get('Body') ?? '' };
        }),
      close: () => sink.close(),
    };
  },
});

async function open(t: TestContext, { from = '+15551234567' } = {}) {
  const sink = await HttpSink.start();
  t.after(() => sink.close());
  const url = `twilio://${SID}:t%2Fken@api.twilio.com?from=${from}`;
  const channel = createTwilioChannel({ url, baseUrl: `http://${sink.host}` });
  sink.answer = ANSWERS.accept;
  return { sink, channel, deliver: () => channel.deliver(MESSAGE, new AbortController().signal) };
}

test('an SMS is a form post to the account’s Messages resource', async (t) => {
  const { sink, deliver } = await open(t);
  await deliver();
  const [request] = sink.received;
  assert.equal(request?.method, 'POST');
  assert.equal(request?.path, `/2010-04-01/Accounts/${SID}/Messages.json`);
  assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.equal(request?.headers.authorization, `Basic ${Buffer.from(`${SID}:t/ken`).toString('base64')}`);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(request?.body)), {
    To: MESSAGE.to,
    From: '+15551234567',
    Body: MESSAGE.text,
  });
});

test('a sender written with %2B, a name, and a messaging service are understood', async (t) => {
  for (const [from, expected] of [
    ['%2B15551234567', { From: '+15551234567' }],
    ['Latchkey', { From: 'Latchkey' }],
    ['MG0123', { MessagingServiceSid: 'MG0123' }],
  ] as const) {
    const { sink, deliver } = await open(t, { from });
    await deliver();
    const form = Object.fromEntries(new URLSearchParams(sink.received[0]?.body));
    assert.deepEqual(form, { To: MESSAGE.to, Body: MESSAGE.text, ...expected });
  }
});

test('Twilio’s error code and text reach the operator', async (t) => {
  const { sink, deliver } = await open(t);
  sink.answer = ANSWERS.refuse_for_good;
  await assert.rejects(deliver(), /answered 400: error 21211 The 'To' number/);
});

test('an answer that is not Twilio’s JSON is judged by its status', async (t) => {
  const { sink, deliver } = await open(t);
  for (const body of ['<html>Bad gateway</html>', '', '[]', 'null', '"x"', '{"code":']) {
    sink.answer = { status: 502, body };
    await assert.rejects(deliver(), failure('retry'));
    sink.answer = { status: 404, body };
    await assert.rejects(deliver(), failure('permanent'));
  }
});

test('credentials that Twilio refuses are the operator’s to mend, so the message waits', async (t) => {
  const { sink, deliver } = await open(t);
  sink.answer = { status: 401, body: '{"code":20003,"message":"Authenticate","status":401}' };
  await assert.rejects(deliver(), failure('retry'));
});

test('verify asks for the account and sends nothing', async (t) => {
  const { sink, channel } = await open(t);
  const { signal } = new AbortController();
  sink.answer = { status: 200, body: '{"status":"active"}' };
  await channel.verify?.(signal);
  assert.deepEqual(
    [sink.received[0]?.method, sink.received[0]?.path],
    ['GET', `/2010-04-01/Accounts/${SID}.json`],
  );
  sink.answer = { status: 401, body: '{"code":20003}' };
  await assert.rejects(async () => channel.verify?.(signal), failure('retry'));
  await sink.close();
  await assert.rejects(async () => channel.verify?.(signal), failure('retry'));
});

test('a URL that lacks a part says how to write it and keeps its token to itself', () => {
  for (const url of [
    'https://AC1:hunter2@api.twilio.com?from=+1555',
    'twilio://AC1@api.twilio.com?from=+1555',
    'twilio://AC1:hunter2@api.twilio.com',
    'twilio://AC1:hunter2@api.twilio.com?from=',
    'twilio://AC1:hunter2@?from=+1555',
  ]) {
    assert.throws(
      () => createTwilioChannel({ url }),
      (error: Error) => {
        assert.match(error.message, /twilio:\/\/ACCOUNT_SID:AUTH_TOKEN@api\.twilio\.com\?from=/);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  }
});
