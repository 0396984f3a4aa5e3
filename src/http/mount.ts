import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AuthError } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import { assertPlainBody } from './ambiguity.ts';
import { clientOf } from './client.ts';
import { type Answer, AnswerError, isRouted, type Mount, type Route, type RoutedMount } from './contract.ts';
import {
  authErrorResponse,
  type HttpErrorContext,
  type HttpErrorKind,
  httpErrorKind,
  httpErrorResponse,
} from './errors.ts';
import { everyMethod } from './every-method.ts';
import { closesWithUnreadBody, untilBodyIsRead } from './unread-body.ts';

/** Enough of what a client sent to recognise it, too little to fill a log. */
const LONGEST_QUOTED = 100;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set on every route of a mount. */
    route?: Route;
    contract?: string;
    /** Of @fastify/cors: whether it answers preflights of this route. */
    cors?: { readonly preflight: false };
  }
}

/** Gives an answer, whole. */
export function send(reply: FastifyReply, { status, body, headers, contentType }: Answer): FastifyReply {
  reply.code(status);
  if (headers !== undefined) reply.headers(headers);
  reply.type(contentType ?? 'application/json; charset=utf-8');
  if (!closesWithUnreadBody(reply)) return reply.send(body);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  reply.header('content-length', Buffer.byteLength(text));
  return reply.send(untilBodyIsRead(reply.request.raw, text));
}

function contextOf({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): HttpErrorContext {
  const contentType = (headers['content-type'] ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, LONGEST_QUOTED);
  return { method: method.slice(0, LONGEST_QUOTED), contentType };
}

/** Statuses that carry `Retry-After` (RFC 6585 §4, RFC 9110 §15.6.4). */
const tellsWhen = new Set([429, 503]);

/** Seconds, rounded up: a client that waits as long as it is told must be let in. */
export const retryAfter = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)));

/** Turns whatever a handler threw into the response of the route, or else of its mount. */
function answerTo(error: unknown, { errors }: RoutedMount, request: FastifyRequest): Answer {
  if (error instanceof AnswerError) return error.answer;
  if (error instanceof AuthError) {
    const { refusals } = request.routeOptions.config.route ?? {};
    const answer = authErrorResponse(errors, error, refusals);
    const { retryAfterMs } = error.facts;
    // Where a contract says the same to everybody, a header must not tell more.
    if (retryAfterMs === undefined || !tellsWhen.has(answer.status)) return answer;
    return { ...answer, headers: { ...answer.headers, 'retry-after': retryAfter(retryAfterMs) } };
  }
  return httpErrorResponse(errors, httpErrorKind(error), contextOf(request));
}

function report(log: Log, request: FastifyRequest, error: unknown, status: number): void {
  const route = request.routeOptions.url ?? 'none';
  if (error instanceof AuthError) {
    const { code, facts } = error;
    // Expected, but what an operator under attack looks for (SEC-088).
    const fields = {
      event: 'refused',
      requestId: request.id,
      refusal: code,
      reason: facts.reason,
      accountId: error.accountId,
      route,
      status,
      address: clientOf(request).address,
    };
    if (error.category === 'unavailable') log.warn({ ...fields, err: facts.cause }, 'refused');
    else log.info(fields, 'refused');
  } else if (status >= 500 && !(error instanceof AnswerError)) {
    log.error({ event: 'unexpected', requestId: request.id, err: error, route }, 'a request met a bug');
  }
}

/** Matches the paths of one route, with and without the trailing slash. */
function patternOf({ path }: Route): RegExp {
  const body = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+');
  return new RegExp(`^${body}/?$`);
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** Answers, in the words of a mount, what is not found there or not with this method. */
function missingIn(mount: RoutedMount): Handler {
  const patterns = mount.routes.map((route) => ({ route, pattern: patternOf(route) }));
  return (request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    const allowed = patterns.filter(({ pattern }) => pattern.test(path)).map(({ route }) => route.method);
    const kind: HttpErrorKind = allowed.length > 0 ? 'method_not_allowed' : 'not_found';
    if (allowed.includes('GET')) allowed.push('HEAD' as Route['method']);
    if (allowed.length > 0) reply.header('allow', [...new Set(allowed)].join(', '));
    return send(reply, httpErrorResponse(mount.errors, kind, contextOf(request)));
  };
}

function readsBody({ routeOptions }: FastifyRequest): boolean {
  const { route } = routeOptions.config;
  return route !== undefined && route.method !== 'GET' && route.takesAnyMethod !== true;
}

/**
 * Gives each prefix of the mount its own Fastify context: its parsers, its error handler, and its own words for
 * what is not found there or not with this method.
 */
export function registerRoutes(app: FastifyInstance, mount: RoutedMount, log: Log): void {
  const onMissing = missingIn(mount);

  const onError = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const answer = answerTo(error, mount, request);
    report(log, request, error, answer.status);
    return send(reply, answer);
  };

  /** The router takes `/users/` for `/users/:id` with an id of no length; to us it is `/users`. */
  const unlessEmpty = (route: Route) => (request: FastifyRequest, reply: FastifyReply) =>
    Object.values(request.params as object).includes('')
      ? onMissing(request, reply)
      : route.handle(request, reply);

  for (const prefix of mount.prefixes) {
    const own = mount.routes.filter(({ path }) => path === prefix || path.startsWith(`${prefix}/`));
    app.register(
      (scope, _options, done) => {
        scope.removeAllContentTypeParsers();
        mount.bodies(scope);
        scope.setErrorHandler(onError);
        scope.addHook('onRequest', (request, _reply, done) => {
          // A proxy that asks whether a request may pass sends the headers of that request, without its body.
          if (request.method !== 'GET' && readsBody(request)) assertPlainBody(request.raw);
          done();
        });
        scope.setNotFoundHandler(onMissing);
        for (const route of own) {
          const handler = route.path.includes(':') ? unlessEmpty(route) : route.handle;
          const path = route.path.slice(prefix.length);
          const config = { route, contract: mount.contract };
          for (const url of [path, `${path}/`]) {
            if (route.takesAnyMethod) {
              // A preflight says nothing about the sender of the request that follows.
              const ofEvery = { ...config, cors: { preflight: false } };
              everyMethod(scope, { url, config: ofEvery, handle: route.handle });
            } else scope.route({ method: route.method, url, prefixTrailingSlash: 'slash', config, handler });
          }
        }
        done();
      },
      { prefix },
    );
  }
}

/** The mount that a path belongs to: of the longest prefix, as in the router, because mounts may stand inside others. */
function ownerOf<Owner extends Pick<Mount, 'prefixes'>>(
  mounts: readonly Owner[],
  url = '',
): Owner | undefined {
  const [path = ''] = url.split('?', 1);
  const owns = (prefix: string) => path === prefix || path.startsWith(`${prefix}/`);
  const [owner] = mounts
    .flatMap((mount) => mount.prefixes.filter(owns).map((prefix) => ({ prefix, mount })))
    .toSorted((a, b) => b.prefix.length - a.prefix.length);
  return owner?.mount;
}

/** Errors that Fastify meets before it knows a route, in the words of the mount that the path belongs to. */
export function answerUnrouted(mounts: readonly Mount[], error: unknown, request: FastifyRequest): Answer {
  const owner = ownerOf(mounts, request.url);
  if (owner === undefined || !isRouted(owner)) return { status: 400, body: { detail: 'Bad request.' } };
  return httpErrorResponse(owner.errors, httpErrorKind(error), contextOf(request));
}

/**
 * What is not found, in the words of the mount that the path belongs to. For requests that a route of the whole server got:
 * with CORS on, every OPTIONS.
 */
export function missing(mounts: readonly Mount[], elsewhere: Handler): Handler {
  const owners = mounts.map((mount) => ({
    ...mount,
    onMissing: isRouted(mount) ? missingIn(mount) : elsewhere,
  }));
  return (request, reply) =>
    ownerOf(owners, request.url)?.onMissing(request, reply) ?? elsewhere(request, reply);
}
