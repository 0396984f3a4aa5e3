import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import fastify from 'fastify';
import { Mailbox, type ReceivedMessage } from '../../src/delivery/index.ts';
import { registerMailbox } from '../../src/pages/mailbox.ts';
import { exampleMessage } from './channel-conformance.ts';
import { CapturingLog, ManualClock } from './fixture.ts';

async function open(t: TestContext) {
  const clock = new ManualClock();
  const mailbox = new Mailbox({ clock, log: new CapturingLog() });
  const app = fastify();
  t.after(() => app.close());
  registerMailbox(app, mailbox, (host) => host === 'localhost');
  return {
    clock,
    async receive(change: Partial<ReceivedMessage> = {}) {
      const channel = mailbox.channel(change.channel ?? 'email');
      await channel.deliver({ ...exampleMessage(channel), ...change }, new AbortController().signal);
    },
    get: (url: string, accept = 'text/html,*/*;q=0.8', host = 'localhost:8000') =>
      app.inject({ url, headers: { accept, host } }),
  };
}

/** Two messages, the first with a code, the second with a link as well. */
async function receiveTwo(receive: Awaited<ReturnType<typeof open>>['receive']): Promise<void> {
  await receive({ to: 'first@example.com', code: '111222', text: 'Enter 111222.' });
  const link = 'http://127.0.0.1:8000/r?token=abc';
  await receive({ to: 'second@example.com', code: '333444', link, text: `Enter 333444, or open\n${link}` });
}

test('the page shows address, subject, code and link of every message, newest first', async (t) => {
  const { receive, get } = await open(t);
  await receiveTwo(receive);
  const { statusCode, headers, body } = await get('/dev/mailbox');
  assert.equal(statusCode, 200);
  assert.match(String(headers['content-type']), /^text\/html; charset=utf-8/);
  assert.ok(body.indexOf('second@example.com') < body.indexOf('first@example.com'));
  for (const part of ['111222', '333444', 'Sign in to Latchkey', 'http://127.0.0.1:8000/r?token']) {
    assert.ok(body.includes(part), part);
  }
  assert.match(body, /<meta http-equiv="refresh" content="5">/);
});

test('the page shows each code and each link once, where the message has it, and times that people read', async (t) => {
  const { receive, get } = await open(t);
  await receiveTwo(receive);
  const { body } = await get('/dev/mailbox');
  for (const code of ['111222', '333444']) {
    assert.equal(body.split(code).length, 2, code);
    assert.ok(body.includes(`<strong class="code">${code}</strong>`));
  }
  const visible = body.replaceAll(/<[^>]*>/g, '').split('http://127.0.0.1:8000/r?token');
  assert.equal(visible.length, 2, 'one link');
  assert.equal(body.match(/<a href="http/g)?.length, 1);
  assert.match(body, />2026-09-01 12:00:00 UTC</);
});

// SEC-074
test('the page leads to each mail as mail readers show it, which can do nothing but open its link elsewhere', async (t) => {
  const { receive, get } = await open(t);
  const mail = '<!doctype html><p style="color:red">Sign in</p>';
  await receive({ id: 'one', html: mail });
  await receive({ id: 'two', channel: 'sms', to: '+4917012345678', html: '' });
  const [, path = '', ...others] =
    /href="(\/dev\/mailbox\/[^"]*)"/.exec((await get('/dev/mailbox')).body) ?? [];
  assert.deepEqual([path, others], ['/dev/mailbox/one/html', []]);
  const { headers, body } = await get(path);
  assert.equal(body, mail);
  const policy = String(headers['content-security-policy']);
  for (const directive of ["default-src 'none'", "form-action 'none'", "frame-ancestors 'none'"]) {
    assert.ok(policy.includes(directive), directive);
  }
  assert.match(policy, /sandbox allow-popups allow-popups-to-escape-sandbox$/);
  assert.equal(headers['referrer-policy'], 'no-referrer');
  for (const [other, host] of [
    ['/dev/mailbox/two/html', 'localhost'],
    ['/dev/mailbox/three/html', 'localhost'],
    ['/dev/mailbox/one/html', 'evil.example'],
  ] as const) {
    assert.equal((await get(other, 'text/html', host)).statusCode, 404, other);
  }
});

test('programs get JSON, newest first, every field always there', async (t) => {
  const { clock, receive, get } = await open(t);
  const to = '+4917012345678';
  await receive({ code: undefined });
  await receive({ channel: 'sms', to, link: 'http://127.0.0.1:8000/r?token=abc' });
  const answers = await Promise.all([
    get('/dev/mailbox.json'),
    get('/dev/mailbox', 'application/json'),
    get('/dev/mailbox/', 'application/json'),
    get('/dev/mailbox.json/', 'text/html'),
  ]);
  for (const answer of answers) {
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    const [newest, oldest, ...others] = answer.json();
    assert.deepEqual(newest, {
      to,
      channel: 'sms',
      subject: '',
      text: '481516 is your Latchkey code to sign in.',
      code: '481516',
      link: 'http://127.0.0.1:8000/r?token=abc',
      receivedAt: new Date(clock.now()).toISOString(),
    });
    assert.deepEqual([oldest.code, oldest.link], [null, null]);
    assert.deepEqual(others, []);
  }
});

test('?to= narrows to one address, however it is spelled in the URL', async (t) => {
  const { receive, get } = await open(t);
  await receive({ to: 'alice+auth@example.com' });
  await receive({ to: 'bob@example.com' });
  await receive({ channel: 'sms', to: '+4917012345678' });
  for (const [query, expected] of [
    ['bob@example.com', ['bob@example.com']],
    ['BOB%40example.com', ['bob@example.com']],
    ['alice%2Bauth@example.com', ['alice+auth@example.com']],
    ['alice+auth@example.com', ['alice+auth@example.com']],
    ['+4917012345678', ['+4917012345678']],
    ['%2B4917012345678', ['+4917012345678']],
    ['nobody@example.com', []],
  ] as const) {
    const messages = (await get(`/dev/mailbox.json?to=${query}`)).json();
    assert.deepEqual(
      messages.map(({ to }: ReceivedMessage) => to),
      expected,
      query,
    );
    assert.equal((await get(`/dev/mailbox?to=${query}`)).body.includes('<article>'), expected.length > 0);
  }
});

test('what a message holds is text on the page, never markup', async (t) => {
  // SEC-074
  const { receive, get } = await open(t);
  const hostile = '"><script>alert(1)</script>';
  await receive({
    to: `${hostile}@example.com`,
    subject: hostile,
    text: hostile,
    code: hostile,
    link: hostile,
  });
  const { body } = await get('/dev/mailbox/');
  assert.doesNotMatch(body, /<script/);
});

test('the page may load, run, post and be framed by nothing, is not cached and leaks no referrer', async (t) => {
  // SEC-074
  const { get } = await open(t);
  for (const path of ['/dev/mailbox', '/dev/mailbox/', '/dev/mailbox.json']) {
    const { headers, body } = await get(path);
    const policy = String(headers['content-security-policy']);
    for (const directive of [
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]) {
      assert.ok(policy.includes(directive), directive);
    }
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    const style = /<style>(.*)<\/style>/s.exec(body)?.[1];
    if (style === undefined) continue;
    assert.ok(policy.includes(`'sha256-${createHash('sha256').update(style).digest('base64')}'`));
    assert.doesNotMatch(body, /style="/, 'an inline style would be refused by the policy');
  }
});

test('a page whose name was made to lead here reads no message', async (t) => {
  const { receive, get } = await open(t);
  await receive({ code: '481516' });
  for (const path of ['/dev/mailbox', '/dev/mailbox/', '/dev/mailbox.json']) {
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      'evil.example:8000',
      ':',
      'a@localhost@b',
    ]) {
      const { statusCode, body } = await get(path, 'application/json', host);
      assert.deepEqual([statusCode, body], [404, '{"detail":"Not found."}'], host);
    }
    assert.match((await get(path)).body, /481516/);
  }
});
