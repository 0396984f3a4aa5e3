import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { isRouted } from '../../src/http/index.ts';
import { startTestServer } from '../support/server.ts';

const EVIL = [
  '//evil.example',
  '/\\evil.example',
  'https:evil.example',
  'https://auth.example.com@evil.example/',
  'javascript:alert(1)',
];
/** Names under which servers take a place to go to, and those that our own endpoints read. */
const NAMES = [
  'next',
  'redirect',
  'redirect_uri',
  'return_to',
  'continue',
  'url',
  'callback',
  'token',
  'identifier',
  'code',
  'email',
];

/** One request, byte for byte as it is given: a URL parser would tidy the path up. */
function raw(port: number, head: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    connect(port, '127.0.0.1')
      .on('error', reject)
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('close', () => resolve(Buffer.concat(chunks).toString()))
      .end(`${head}\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n${body === '' ? '\r\n' : body}`);
  });
}

// SEC-075
test('no answer sends a client elsewhere, whatever its path and parameters say', async (t) => {
  const { app, url, stop } = await startTestServer();
  t.after(stop);
  const port = Number(new URL(url).port);
  const routes = app.mounts.filter(isRouted).flatMap(({ routes: own }) => own);
  assert.ok(routes.length > 40, 'all contracts are mounted');
  const requests: [head: string, body?: string][] = EVIL.map((evil) => [
    `GET ${evil.startsWith('/') ? '' : '/'}${evil} HTTP/1.1`,
  ]);
  for (const { method, path } of routes) {
    for (const evil of EVIL) {
      const fields = NAMES.map((name) => `${name}=${encodeURIComponent(evil)}`).join('&');
      const target = `${path.replaceAll(/:\w+/g, encodeURIComponent(evil))}?${fields}`;
      requests.push([`${method} ${target} HTTP/1.1`]);
      if (method === 'GET') continue;
      const json = JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, evil])));
      for (const [type, text] of [
        ['application/json', json],
        ['application/x-www-form-urlencoded', fields],
      ]) {
        requests.push([
          `${method} ${target} HTTP/1.1`,
          `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(text ?? '')}\r\n\r\n${text}`,
        ]);
      }
    }
  }
  for (const [head, body] of requests) {
    const [answerHead = ''] = (await raw(port, head, body)).split('\r\n\r\n');
    assert.match(answerHead, /^HTTP\/1\.1 (?!3\d\d)\d{3} /, head);
    assert.doesNotMatch(answerHead, /^(?:location|refresh|content-location):/im, head);
  }
});
