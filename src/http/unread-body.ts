import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** How much of a refused body is read and dropped. */
export interface DiscardLimits {
  readonly bytes: number;
  readonly ms: number;
  /** Requests of this process whose bodies are dropped at the same time. */
  readonly requests: number;
}

const LIMITS: DiscardLimits = { bytes: 16 * 1024 * 1024, ms: 10_000, requests: 64 };

let discarding = 0;

const hasUnreadBody = ({ complete, headers }: IncomingMessage): boolean =>
  !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);

/**
 * Whether the connection is going to be closed while the client may still be sending its body. The kernel resets such a
 * connection, and a client that writes its whole request before it reads gets a broken pipe instead of the answer.
 */
export function closesWithUnreadBody(reply: FastifyReply): boolean {
  const { request, raw } = reply;
  if (!hasUnreadBody(request.raw) || request.method === 'HEAD') return false;
  return !raw.shouldKeepAlive || reply.getHeader('connection') === 'close';
}

/**
 * The text as a stream that gives all of it at once, and ends when the rest of the request has been read and dropped or a
 * limit is reached.
 */
export function untilBodyIsRead(request: IncomingMessage, text: string, limits = LIMITS): Readable {
  const answer = new Readable({ read() {} });
  answer.push(text);
  if (discarding >= limits.requests) {
    answer.push(null);
    return answer;
  }
  discarding += 1;
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.bytes) end();
  };
  const timer = setTimeout(() => end(), limits.ms).unref();
  let hasEnded = false;
  const end = () => {
    if (hasEnded) return;
    hasEnded = true;
    discarding -= 1;
    clearTimeout(timer);
    request.off('data', count);
    answer.push(null);
  };
  request.on('data', count).once('end', end).once('close', end).resume();
  return answer;
}
