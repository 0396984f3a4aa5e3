import type { IncomingMessage } from 'node:http';
import { MalformedBody, UnsupportedBody } from './faults.ts';

/** What another reader of the same bytes could read differently is refused before anybody reads it. */

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]*)/gi;
/** US-ASCII is the part of UTF-8 that has no other spelling. */
const READABLE = new Set(['utf-8', 'utf8', 'us-ascii']);

export const isReadable = (charset: string): boolean => READABLE.has(charset.toLowerCase());

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
 * A body as it stands, in UTF-8. Nothing here unpacks (SEC-081: no bomb to go off), and what says that it is packed,
 * or in another encoding, is not read as if it were not.
 * @throws UnsupportedBody
 */
export function assertPlainBody({ headers }: IncomingMessage): void {
  const { 'content-encoding': encoding, 'content-type': type = '' } = headers;
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new UnsupportedBody('content encoding');
  }
  for (const [, charset = ''] of type.matchAll(CHARSET)) {
    if (!isReadable(charset)) throw new UnsupportedBody('charset');
  }
}
