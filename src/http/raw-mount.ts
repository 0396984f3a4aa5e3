import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../core/ports.ts';
import type { Client } from '../core/throttle/index.ts';
import { clientOf } from './client.ts';
import { everyMethod } from './every-method.ts';

/** What the server knows about a request that a raw mount answers. */
export interface RawContext {
  /** Also the response's `X-Request-Id`, and the name of the request in the log. */
  readonly requestId: string;
  /** The peer, or behind a trusted proxy the address that the proxy vouches for. */
  readonly client: Client;
}

/**
 * Answers a request by itself, as the listener of `node:http` does: reads the body of `request`, of any size and type, and
 * ends `response`. An error that it throws, or that its promise rejects with, becomes a 500.
 */
export type RawHandler = (request: IncomingMessage, response: ServerResponse, context: RawContext) => unknown;

/**
 * A part of the URL space that a protocol library answers, such as an OpenID Connect provider. The library gets every
 * request at or below a prefix, with its method, its whole URL and its unread body.
 *
 * The server still limits the size of headers and the time in which a request must arrive, refuses requests without one
 * `Host`, answers CORS preflights, sets its headers on the response (`X-Request-Id`, CORS, `Cache-Control`; the library may
 * replace them), logs and counts the request, and waits for the response when it stops. The library limits the size of
 * bodies and the rate of requests.
 *
 * @example
 * const mount: RawMount = { contract: 'openid', prefixes: ['/openid'], raw: (request, response) => listener(request, response) };
 */
export interface RawMount {
  readonly contract: string;
  /** At least one path segment each. No other mount may have a prefix below one of them. */
  readonly prefixes: readonly string[];
  readonly raw: RawHandler;
}

/** Hands every request below the mount's prefixes to its handler. */
export function registerRawMount(
  app: FastifyInstance,
  { contract, prefixes, raw }: RawMount,
  log: Log,
): void {
  for (const prefix of prefixes) {
    for (const url of [prefix, `${prefix}/*`]) {
      everyMethod(app, {
        url,
        config: { contract },
        handle: (request, reply) => handOver(raw, { request, reply, log }),
      });
    }
  }
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly log: Log;
}

/** Never rejects: Fastify has given the reply away, and would not answer. */
async function handOver(handle: RawHandler, { request, reply, log }: Exchange): Promise<void> {
  const response = reply.raw;
  const headers = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined);
  const setHeaders = () => {
    for (const [name, value] of headers) response.setHeader(name, value as string);
  };
  setHeaders();
  reply.hijack();
  try {
    await handle(request.raw, response, { requestId: request.id, client: clientOf(request) });
  } catch (err) {
    const fields = { requestId: request.id, err, route: request.routeOptions.url };
    if (response.destroyed && !response.writableEnded) {
      log.debug(
        { event: 'client_disconnected', ...fields },
        'the client disconnected before the response ended',
      );
      return;
    }
    log.error({ event: 'unexpected', ...fields }, 'a request met a bug');
    if (!response.headersSent) {
      // What the handler has set may contradict this body, such as its length.
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      setHeaders();
      response
        .writeHead(500, { 'content-type': 'application/json; charset=utf-8' })
        .end('{"detail":"Internal server error."}');
    } else if (!response.writableEnded) {
      // The client must not take what it has for the whole.
      response.destroy();
    }
  }
}
