import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSmtpUrl } from '../../src/delivery/channels/smtp-url.ts';

test('smtps, or port 465 under either scheme, is TLS from the start', () => {
  assert.equal(readSmtpUrl('smtps://mail.example.com').secure, true);
  assert.equal(readSmtpUrl('smtp://mail.example.com:465').secure, true);
  assert.equal(readSmtpUrl('smtp://mail.example.com:587').secure, false);
});

test('a password for another machine never travels in clear, unless an operator says so', () => {
  assert.equal(readSmtpUrl('smtp://user:pass@mail.example.com').requireTLS, true);
  assert.equal(readSmtpUrl('smtp://mail.example.com').requireTLS, false);
  assert.equal(readSmtpUrl('smtp://mail.example.com?requireTLS=true').requireTLS, true);
  assert.equal(readSmtpUrl('smtp://user:pass@mailpit:1025?requireTLS=false').requireTLS, false);
  assert.equal(readSmtpUrl('smtp://user:pass@mailpit:1025?ignoreTLS=true').requireTLS, false);
  for (const here of ['localhost', '127.0.0.1', '[::1]']) {
    assert.equal(readSmtpUrl(`smtp://user:pass@${here}:1025`).requireTLS, false, here);
  }
});

test('certificates are verified everywhere but on this machine', () => {
  const verifies = (url: string) => readSmtpUrl(url).tls?.rejectUnauthorized;
  assert.equal(verifies('smtp://mail.example.com'), true);
  assert.equal(verifies('smtp://127.0.0.1.example.com'), true);
  assert.equal(verifies('smtps://localhost'), true);
  assert.equal(verifies('smtp://localhost'), false);
  assert.equal(verifies('smtp://localhost?tls.rejectUnauthorized=true'), true);
});

test('options of the URL reach the mailer', () => {
  const server = readSmtpUrl(
    'smtp://[::1]:2525?name=auth.example.com&maxConnections=2&tls.servername=mx.example.com',
  );
  assert.equal(server.host, '::1');
  assert.equal(server.port, 2525);
  assert.equal(server.name, 'auth.example.com');
  assert.equal(server.maxConnections, 2);
  assert.equal(server.tls?.servername, 'mx.example.com');
});

test('no option can make the mailer print what it sends', () => {
  // SEC-087
  for (const option of ['logger=true', 'debug=true', 'transactionLog=true']) {
    assert.throws(() => readSmtpUrl(`smtp://mail.example.com?${option}`), /unknown option/);
  }
});

test('a URL that cannot be used says how to write it and keeps its password to itself', () => {
  for (const [url, advice] of [
    ['mail.example.com', /smtp:\/\/user:password@/],
    ['https://user:hunter2@mail.example.com', /smtp:\/\/user:password@/],
    ['smtp://', /smtp:\/\/user:password@/],
    ['smtp://user:hunter2%zz@mail.example.com', /%25/],
    ['smtp://user:hunter2@mail.example.com?maxConnections=lots', /"maxConnections" must be a whole number/],
    ['smtp://user:hunter2@mail.example.com?requireTLS=yes', /"requireTLS" must be true or false/],
    ['smtp://user:hunter2@mail.example.com?pol=true', /unknown option "pol"; known are authMethod, /],
  ] as const) {
    assert.throws(
      () => readSmtpUrl(url),
      (error: Error) => {
        assert.match(error.message, advice);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  }
});
