import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AuthError } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import { assertPlainBody } from './ambiguity.ts';
import { clientOf } from './client.ts';
import { type Answer, AnswerError, type FaultFacts, type Mount, type Route } from './contract.ts';
import { faultOf, type HttpFault } from './faults.ts';

/** Enough of what a client sent to recognise it, too little to fill a log. */
const LONGEST_QUOTED = 100;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set on every route of a mount. */
    route?: Route;
    contract?: string;
  }
}

/** Statuses of refusals that an operator should hear of. */
const isServerFault = (status: number): boolean => status >= 500;

/** Gives an answer, whole. */
export function send(reply: FastifyReply, { status, body, headers, contentType }: Answer): FastifyReply {
  reply.code(status);
  if (headers !== undefined) reply.headers(headers);
  return reply.type(contentType ?? 'application/json; charset=utf-8').send(body);
}

function factsOf({ method, headers }: { method: string; headers: FastifyRequest['headers'] }): FaultFacts {
  const contentType = (headers['content-type'] ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, LONGEST_QUOTED);
  return { method: method.slice(0, LONGEST_QUOTED), contentType };
}

/** Statuses that carry `Retry-After` (RFC 6585 §4, RFC 9110 §15.6.4). */
const tellsWhen = new Set([429, 503]);

/** Seconds, rounded up: a client that waits as long as it is told must be let in. */
export const retryAfter = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)));

/** Turns whatever a handler threw into the contract's own answer. */
function answerTo(error: unknown, mount: Mount, request: FastifyRequest): Answer {
  if (error instanceof AnswerError) return error.answer;
  if (error instanceof AuthError) {
    const { names = {}, refusals } = request.routeOptions.config.route ?? {};
    const answer = refusals?.[error.code] ?? mount.errors.refuse(error, names);
    const { retryAfterMs } = error.facts;
    // Where a contract says the same to everybody, a header must not tell more.
    if (retryAfterMs === undefined || !tellsWhen.has(answer.status)) return answer;
    return { ...answer, headers: { ...answer.headers, 'retry-after': retryAfter(retryAfterMs) } };
  }
  return mount.errors.fault(faultOf(error), factsOf(request));
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
    if (isServerFault(status)) log.warn({ ...fields, err: facts.cause }, 'refused');
    else log.info(fields, 'refused');
  } else if (isServerFault(status)) {
    log.error({ event: 'unexpected', requestId: request.id, err: error, route }, 'a request met a bug');
  }
}

/** Matches the paths of one route, with and without the trailing slash. */
function patternOf({ path }: Route): RegExp {
  const body = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+');
  return new RegExp(`^${body}/?$`);
}

/**
 * Gives each prefix of the mount its own Fastify context: its parsers, its error handler, and its own words for
 * what is not found there or not with this method.
 */
export function registerMount(app: FastifyInstance, mount: Mount, log: Log): void {
  const patterns = mount.routes.map((route) => ({ route, pattern: patternOf(route) }));

  const onMissing = (request: FastifyRequest, reply: FastifyReply) => {
    const [path = ''] = request.url.split('?', 1);
    const allowed = patterns.filter(({ pattern }) => pattern.test(path)).map(({ route }) => route.method);
    const fault: HttpFault = allowed.length > 0 ? 'method_not_allowed' : 'not_found';
    if (allowed.includes('GET')) allowed.push('HEAD' as Route['method']);
    if (allowed.length > 0) reply.header('allow', [...new Set(allowed)].join(', '));
    return send(reply, mount.errors.fault(fault, factsOf(request)));
  };

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
          // A GET of ours reads no body; a proxy that asks whether a request may pass sends that request's headers.
          if (!request.is404 && request.method !== 'GET') assertPlainBody(request.raw);
          done();
        });
        scope.setNotFoundHandler(onMissing);
        for (const route of own) {
          const handler = route.path.includes(':') ? unlessEmpty(route) : route.handle;
          const path = route.path.slice(prefix.length);
          const config = { route, contract: mount.contract };
          for (const url of [path, `${path}/`]) {
            scope.route({ method: route.method, url, prefixTrailingSlash: 'slash', config, handler });
          }
        }
        done();
      },
      { prefix },
    );
  }
}

/** For errors that Fastify meets before it knows a route: the words of whoever the path belongs to. */
export function answerUnrouted(mounts: readonly Mount[], error: unknown, request: FastifyRequest): Answer {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const owns = (prefix: string) => path === prefix || path.startsWith(`${prefix}/`);
  // The longest prefix wins, as in the router: mounts stand inside each other's.
  const [owner] = mounts
    .flatMap((mount) => mount.prefixes.filter(owns).map((prefix) => ({ prefix, errors: mount.errors })))
    .toSorted((a, b) => b.prefix.length - a.prefix.length);
  return (
    owner?.errors.fault(faultOf(error), factsOf(request)) ?? { status: 400, body: { detail: 'Bad request.' } }
  );
}
