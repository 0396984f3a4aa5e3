import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SMTPServerOptions } from 'smtp-server';
import { createSmtpChannel } from '../../src/delivery/channels/smtp.ts';
import { exampleMessage, failure, runChannelConformance } from './channel-conformance.ts';
import { SmtpSink } from './smtp-sink.ts';

const FROM = { name: 'Latchkey', address: 'no-reply@auth.example.com' };
const MESSAGE = exampleMessage({ kind: 'email' });

runChannelConformance({
  name: 'smtp',
  async open() {
    const sink = await SmtpSink.start();
    const channel = createSmtpChannel({ url: sink.url(), from: FROM });
    return {
      channel,
      behave: (how) => {
        sink.behaviour = how;
      },
      untilStalled: () => sink.untilStalled(),
      received: () =>
        sink.received.map(({ rcptTo, parsed }) => ({ to: rcptTo.join(), text: parsed.text?.trim() ?? '' })),
      async close() {
        await channel.close();
        await sink.close();
      },
    };
  },
});

interface OpenOptions {
  readonly server?: SMTPServerOptions;
  readonly credentials?: string;
  readonly query?: string;
}

async function open(t: TestContext, { server, ...url }: OpenOptions = {}) {
  const sink = await SmtpSink.start(server);
  const channel = createSmtpChannel({ url: sink.url(url), from: FROM });
  t.after(async () => {
    await channel.close();
    await sink.close();
  });
  const deliver = (change: Partial<typeof MESSAGE> = {}) =>
    channel.deliver({ ...MESSAGE, ...change }, new AbortController().signal);
  return { sink, channel, deliver };
}

test('an e-mail has a text and an HTML part that read back as they were written', async (t) => {
  const { sink, deliver } = await open(t);
  const link = `https://auth.example.com/r?token=${'a-_9'.repeat(20)}&next=%2F`;
  await deliver({
    subject: 'Ünïcode — “subject”',
    text: `Grüße\n\n${link}`,
    html: `<a href="${link}">Los</a>`,
  });
  const [mail] = sink.received;
  assert.equal(mail?.parsed.subject, 'Ünïcode — “subject”');
  assert.equal(mail?.parsed.text?.trim(), `Grüße\n\n${link}`);
  assert.equal(String(mail?.parsed.html).trim(), `<a href="${link}">Los</a>`);
  assert.deepEqual(mail?.parsed.from?.value, [FROM]);
  assert.equal(mail?.mailFrom, FROM.address);
});

test('every copy of a message bears the Message-ID of its outbox entry, so that a duplicate can be told', async (t) => {
  // SEC-092
  const { sink, deliver } = await open(t);
  await deliver();
  await deliver();
  const ids = sink.received.map(({ parsed }) => parsed.messageId);
  assert.deepEqual(ids, Array(2).fill(`<${MESSAGE.id}@auth.example.com>`));
});

test('an e-mail asks for no automatic reply', async (t) => {
  const { sink, deliver } = await open(t);
  await deliver();
  assert.equal(sink.received[0]?.parsed.headers.get('auto-submitted'), 'auto-generated');
});

test('no recipient but the stored one can be reached, and no header added', async (t) => {
  // SEC-072
  const { sink, deliver } = await open(t);
  await deliver();
  const headers = sink.received[0]?.parsed.headerLines.map(({ key }) => key);
  for (const to of [
    'alice@example.com\r\nRCPT TO:<eve@evil.example>',
    'alice@example.com\r\nBcc: eve@evil.example',
    'alice@example.com\nBcc: eve@evil.example',
    'alice@example.com\rBcc: eve@evil.example',
    'alice@example.com%0d%0aBcc:%20eve@evil.example',
    'alice@example.com\u2028Bcc:eve@evil.example',
    'alice@example.com\u2029Bcc:eve@evil.example',
    'alice@example.com\u0085Bcc:eve@evil.example',
    'alice@example.com\0eve@evil.example',
    '=?utf-8?q?eve=40evil=2eexample=2c?=@example.com',
    '=?utf-8?b?ZXZlQGV2aWwuZXhhbXBsZQ==?=@example.com',
    'friends: alice@example.com, eve@evil.example;',
    'friends:eve@evil.example;@example.com',
    '"eve@evil.example y"@example.com',
    '"eve@evil.example"@example.com',
    'eve@evil.example(alice@example.com',
    'alice@example.com, eve@evil.example',
    'alice@example.com,eve@evil.example',
    'alice@example.com;eve@evil.example',
    'alice@example.com eve@evil.example',
    'Alice <eve@evil.example>',
    '<eve@evil.example>',
    'alice@example.com> SIZE=1 <eve@evil.example',
    '@evil.example:alice@example.com',
    'alice@[127.0.0.1]',
    'eve@evil.example@example.com',
    'alice@example.com\u202e',
    '',
    'alice',
    `${'('.repeat(10_000)}alice@example.com`,
    `${'"'.repeat(10_000)}@example.com`,
    `alice@${'example.'.repeat(2_000)}com`,
  ]) {
    sink.received.length = 0;
    // What is not refused must have gone to this one mailbox.
    const outcome = await deliver({ to }).catch(failure('permanent'));
    if (outcome === true) {
      assert.deepEqual(sink.received, [], JSON.stringify(to));
      continue;
    }
    assert.deepEqual(
      sink.received.map(({ rcptTo }) => rcptTo),
      [[to]],
    );
    assert.deepEqual(
      sink.received[0]?.parsed.headerLines.map(({ key }) => key),
      headers,
    );
  }
});

test('ordinary addresses of every kind are delivered to as they are stored', async (t) => {
  const { sink, deliver } = await open(t);
  const addresses = [
    "o'hara+auth@example.com",
    'a.b-c_d@sub.example.co.uk',
    'UPPER@example.com',
    '{x}|y=z/w@example.com',
  ];
  for (const to of addresses) await deliver({ to });
  assert.deepEqual(
    sink.received.map(({ rcptTo }) => rcptTo),
    addresses.map((to) => [to]),
  );
});

test('a subject cannot start a second header', async (t) => {
  // SEC-072
  const { sink, deliver } = await open(t);
  await deliver({ subject: 'Hello\r\nBcc: eve@evil.example' });
  assert.deepEqual(sink.received[0]?.rcptTo, [MESSAGE.to]);
  assert.equal(sink.received[0]?.parsed.headers.has('bcc'), false);
});

test('a body that names a file or a URL is text, not something to fetch', async (t) => {
  const { sink, deliver } = await open(t);
  await deliver({ text: 'file:///etc/passwd', html: 'https://evil.example/' });
  assert.equal(sink.received[0]?.parsed.text?.trim(), 'file:///etc/passwd');
});

test('a message refused for its content is not tried again', async (t) => {
  // SEC-097
  const { sink, deliver } = await open(t);
  sink.behaviour = 'refuse_data_for_good';
  await assert.rejects(deliver(), failure('permanent'));
});

test('a server that dies in the middle of a message gets it again when it is back', async (t) => {
  // SEC-092, SEC-097
  const { sink, deliver } = await open(t);
  sink.behaviour = 'die_in_data';
  await assert.rejects(deliver(), failure('retry'));
  sink.behaviour = 'accept';
  await deliver();
  assert.equal(sink.received.length, 1);
});

test('a connection that the server closed between two messages costs neither of them', async (t) => {
  const { sink, deliver } = await open(t);
  await deliver();
  sink.cutConnections();
  await deliver();
  assert.equal(sink.received.length, 2);
});

test('a server that hangs after the message holds a delivery no longer than its signal allows', async (t) => {
  // SEC-097
  const { sink, channel } = await open(t);
  const controller = new AbortController();
  sink.behaviour = 'stall_after_data';
  const ended = assert.rejects(channel.deliver(MESSAGE, controller.signal), failure('retry'));
  await sink.untilStalled();
  controller.abort('enough');
  await ended;
});

test('a server that is not there is retried', async (t) => {
  const { sink, deliver } = await open(t);
  await sink.close();
  await assert.rejects(deliver(), failure('retry'));
});

test('a certificate that cannot be verified stops the delivery and is retried', async (t) => {
  // SEC-097
  const { sink, deliver } = await open(t, { server: { secure: true } });
  await assert.rejects(deliver(), failure('retry'));
  assert.deepEqual(sink.received, []);
});

test('an operator can accept a certificate that cannot be verified', async (t) => {
  const { sink, deliver } = await open(t, {
    server: { secure: true },
    query: '?tls.rejectUnauthorized=false',
  });
  await deliver();
  assert.equal(sink.received.length, 1);
});

test('where TLS is required a server without STARTTLS gets nothing', async (t) => {
  const { sink, deliver } = await open(t, {
    query: '?requireTLS=true',
    server: { disabledCommands: ['STARTTLS'] },
  });
  await assert.rejects(deliver(), failure('retry'));
  assert.deepEqual(sink.received, []);
});

test('a server on this machine may offer STARTTLS with any certificate', async (t) => {
  const secured: boolean[] = [];
  const { deliver } = await open(t, {
    server: {
      hideSTARTTLS: false,
      onMailFrom(_address, { secure }, done) {
        secured.push(secure);
        done();
      },
    },
  });
  await deliver();
  assert.deepEqual(secured, [true]);
});

test('a refused login is retried: it is the operator who can mend it', async (t) => {
  // SEC-097
  const { sink, deliver } = await open(t, {
    credentials: 'latchkey:wrong@',
    server: {
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(Object.assign(new Error('5.7.8 no'), { responseCode: 535 })),
    },
  });
  await assert.rejects(deliver(), failure('retry'));
  assert.deepEqual(sink.received, []);
});

test('credentials of the URL are decoded before they are used', async (t) => {
  const logins: unknown[] = [];
  const { deliver } = await open(t, {
    credentials: 'mailer%40example.com:p%40ss%2F%25%3A@',
    server: {
      allowInsecureAuth: true,
      authOptional: false,
      onAuth({ username, password }, _session, done) {
        logins.push([username, password]);
        done(null, { user: username });
      },
    },
  });
  await deliver();
  assert.deepEqual(logins, [['mailer@example.com', 'p@ss/%:']]);
});

test('verify says whether the server is there and takes the login, and sends nothing', async (t) => {
  const { sink, channel } = await open(t, {
    credentials: 'latchkey:right@',
    server: {
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) =>
        password === 'right' ? done(null, { user: 'latchkey' }) : done(new Error('no')),
    },
  });
  const { signal } = new AbortController();
  await channel.verify?.(signal);
  const wrong = createSmtpChannel({ url: sink.url({ credentials: 'latchkey:wrong@' }), from: FROM });
  t.after(() => wrong.close());
  await assert.rejects(async () => wrong.verify?.(signal), failure('retry'));
  await assert.rejects(async () => channel.verify?.(AbortSignal.abort('enough')), failure('retry'));
  assert.deepEqual(sink.received, []);
});

// SEC-004
test('a rehearsal and a warm-up compose mail and open no connection', async (t) => {
  const { sink, channel, deliver } = await open(t);
  await sink.close();
  await channel.warmUp?.();
  await channel.rehearse?.(MESSAGE);
  await assert.rejects(async () => channel.rehearse?.({ ...MESSAGE, to: 'a@example.com, b@example.com' }));
  await assert.rejects(deliver(), 'the server is not there');
});
