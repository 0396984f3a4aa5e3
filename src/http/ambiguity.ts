import { isAscii } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { MalformedBody, UnsupportedBody } from './errors.ts';

/** What another reader of the same bytes could read differently is refused before anybody reads it. */

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]*)/gi;
const NO_BYTES = new Uint8Array();
const UTF8 = /^utf-?8$/i;
/** Charsets in which the bytes 00 to 7F are ASCII and stand for nothing else, unlike UTF-16, UTF-7 and Shift_JIS. */
const ASCII_SUPERSET = /^(?:(?:us-)?ascii|iso-?8859-\d{1,2}|latin-?1|(?:windows-|cp)125\d)$/i;

/** Whether bytes that name this charset mean the same in UTF-8. */
export function isUnambiguous(charset: string, bytes: Uint8Array): boolean {
  return UTF8.test(charset) || (ASCII_SUPERSET.test(charset) && isAscii(bytes));
}

const charsetsIn = (type: string): string[] => [...type.matchAll(CHARSET)].map(([, charset = '']) => charset);

/**
 * One Host, as HTTP/1.1 demands (RFC 9112 §3.2): of two, a proxy in front may route by the other (SEC-079).
 * @throws MalformedBody
 */
export function assertOneHost({ rawHeaders, httpVersionMajor, httpVersionMinor }: IncomingMessage): void {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  const isOld = httpVersionMajor === 1 && httpVersionMinor === 0;
  if (hosts > 1 || (hosts === 0 && !isOld)) throw new MalformedBody(`${hosts} Host headers`);
}

/**
 * Refuses, before the body is read, a Content-Encoding (nothing here unpacks, SEC-081) and a charset that no bytes can be
 * read in as UTF-8.
 * @throws UnsupportedBody
 */
export function assertPlainBody({ headers }: IncomingMessage): void {
  const { 'content-encoding': encoding, 'content-type': type = '' } = headers;
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new UnsupportedBody('content encoding');
  }
  assertCharset(type, NO_BYTES);
}

/**
 * Refuses bytes that mean something else in the charset of their content type than in UTF-8.
 * @throws UnsupportedBody
 */
export function assertCharset(type: string, bytes: Uint8Array): void {
  if (charsetsIn(type).every((charset) => isUnambiguous(charset, bytes))) return;
  throw new UnsupportedBody('charset');
}
