import type { IncomingMessage } from 'node:http';
import { AuthError } from '../core/errors.ts';

const NAME = 'authorization';
/** RFC 6750 §2.1: the scheme in any case, one space or more (1*SP), the token. */
const BEARER = /^bearer +([\x21-\x7e]+)$/i;
/** Longer than any token of ours; nobody should hash a header to find out. */
const LONGEST_TOKEN = 4096;

function isSentTwice({ rawHeaders }: IncomingMessage): boolean {
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === NAME.length && name.toLowerCase() === NAME) seen += 1;
  }
  return seen > 1;
}

/**
 * The bearer token of a request.
 * @throws AuthError `token_missing` without a Bearer header, `token_invalid` for one that cannot be a token
 */
export function readBearer(request: IncomingMessage): string {
  const header = request.headers.authorization ?? '';
  const token = BEARER.exec(header)?.[1];
  if (token === undefined && !/^bearer(?:\s|$)/i.test(header)) throw new AuthError('token_missing');
  if (token === undefined || token.length > LONGEST_TOKEN || isSentTwice(request)) {
    throw new AuthError('token_invalid', { reason: 'malformed header' });
  }
  return token;
}
