import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const ACCEPTED = /^[A-Za-z0-9._-]{8,64}$/;

/**
 * Names requests for the log and the client: a few random characters for the process and a count. Behind a trusted
 * proxy the proxy's own name is kept, so that one name follows a request through both logs.
 */
export function requestIds(behindProxy: boolean): (request: IncomingMessage) => string {
  const prefix = randomBytes(6).toString('base64url');
  let count = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    if (behindProxy && typeof given === 'string' && ACCEPTED.test(given)) return given;
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
