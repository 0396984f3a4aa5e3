import type { SMTPPoolOptions } from 'nodemailer';
import { readCredentials } from './url-credentials.ts';
import { UrlOptions } from './url-options.ts';

/**
 * Reads `smtp://…` (plain, upgraded by STARTTLS when the server offers it) and `smtps://…` (TLS from the
 * start; so is port 465, whatever the scheme says), with options such as `?requireTLS=true&maxConnections=2`.
 * The mailer would read a URL by itself, but it also takes `logger` and `debug` from one, which print message
 * bodies, and it ignores what it does not know.
 * @throws Error that says how to write it and never repeats the password
 */
export function readSmtpUrl(text: string): SMTPPoolOptions {
  const url = URL.parse(text.trim());
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') {
    throw new Error(
      'must look like smtp://user:password@mail.example.com:587 or smtps://user:password@mail.example.com',
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = url.protocol === 'smtps:' || url.port === '465';
  const auth = readCredentials(url);
  const options = new UrlOptions(url.searchParams);
  const ignoreTLS = options.flag('ignoreTLS');
  const server = {
    host,
    port: Number(url.port) || undefined,
    secure,
    auth,
    authMethod: options.text('authMethod'),
    name: options.text('name'),
    localAddress: options.text('localAddress'),
    ignoreTLS,
    // A password for another machine never travels in clear because someone on the way hid STARTTLS.
    requireTLS: options.flag('requireTLS') ?? (auth !== undefined && !isLoopback(host) && !ignoreTLS),
    tls: {
      servername: options.text('tls.servername'),
      // A STARTTLS upgrade that nobody asked for, to a server on this very machine (a Postfix with its
      // snake-oil certificate): the alternative is to send in clear, so an unknown certificate costs nothing.
      rejectUnauthorized: options.flag('tls.rejectUnauthorized') ?? (secure || !isLoopback(host)),
    },
    maxConnections: options.count('maxConnections') ?? 8,
    maxMessages: options.count('maxMessages') ?? 100,
    rateLimit: options.count('rateLimit'),
    rateDelta: options.count('rateDelta'),
    // Each wait is shorter than the worker's patience for a whole delivery, so that the log names the wait.
    dnsTimeout: 5_000,
    connectionTimeout: options.count('connectionTimeout') ?? 10_000,
    greetingTimeout: options.count('greetingTimeout') ?? 10_000,
    socketTimeout: options.count('socketTimeout') ?? 15_000,
  };
  options.refuseOthers();
  return server;
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^127(\.\d{1,3}){3}$/.test(host) || /^(.+\.)?localhost$/i.test(host);
}
