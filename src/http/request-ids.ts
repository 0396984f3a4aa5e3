import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What can stand in a log line and a header as it is. */
const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * Names requests for the log and the client: a few random characters for the process and a count. The `X-Request-Id` of a
 * trusted proxy is kept, so that one name follows a request through both logs.
 * @param isTrusted whether a peer's address is that of a trusted proxy
 */
export function requestIds(isTrusted: (address: string) => boolean): (request: IncomingMessage) => string {
  const prefix = randomBytes(6).toString('base64url');
  let count = 0;
  return ({ headers, socket }) => {
    const given = headers['x-request-id'];
    if (typeof given === 'string' && ACCEPTED.test(given) && isTrusted(socket.remoteAddress ?? ''))
      return given;
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
