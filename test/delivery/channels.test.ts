import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChannels, Mailbox } from '../../src/delivery/index.ts';
import { CapturingLog, ManualClock } from './fixture.ts';

const MAIL_FROM = 'Latchkey <no-reply@example.com>';

function channelsFor(settings: {
  smtpUrl?: string;
  smsUrl?: string;
  mailFrom?: string;
  withMailbox?: boolean;
}) {
  const mailbox = settings.withMailbox
    ? new Mailbox({ clock: new ManualClock(), log: new CapturingLog() })
    : undefined;
  const channels = createChannels({ mailFrom: MAIL_FROM, ...settings, mailbox });
  return channels.map(({ kind, id }) => `${kind}: ${id}`);
}

test('each setting makes the channel it is documented to make', () => {
  const smtpUrl = 'smtp://mail.example.com';
  assert.deepEqual(channelsFor({ smtpUrl }), ['email: smtp']);
  assert.deepEqual(channelsFor({ smsUrl: 'https://sms.example.com' }), ['sms: sms-http']);
  assert.deepEqual(channelsFor({ smsUrl: 'http://sms.example.com' }), ['sms: sms-http']);
  assert.deepEqual(channelsFor({ smsUrl: 'twilio://AC1:t@api.twilio.com?from=+1555' }), ['sms: twilio']);
  assert.deepEqual(channelsFor({}), []);
});

test('a development mailbox stands in for a mail server, and for nothing else', () => {
  assert.deepEqual(channelsFor({ withMailbox: true }), ['email: mailbox']);
  assert.deepEqual(channelsFor({ withMailbox: true, smtpUrl: 'smtp://localhost' }), ['email: smtp']);
});

test('a setting that cannot be used is named, with how to write it', () => {
  assert.throws(
    () => channelsFor({ smtpUrl: 'mail.example.com' }),
    /^Error: LATCHKEY_SMTP_URL must look like smtp:/,
  );
  assert.throws(() => channelsFor({ smsUrl: 'ftp://x' }), /^Error: LATCHKEY_SMS_URL must start with https:/);
  assert.throws(
    () => channelsFor({ smsUrl: 'twilio://x' }),
    /^Error: LATCHKEY_SMS_URL must look like twilio:/,
  );
  for (const mailFrom of [
    '',
    'Latchkey',
    'a@example.com, b@example.com',
    'X <a@example.com>\r\nBcc: eve@evil.example',
  ]) {
    assert.throws(
      () => channelsFor({ smtpUrl: 'smtp://localhost', mailFrom }),
      /^Error: LATCHKEY_MAIL_FROM must be one address/,
    );
  }
});
