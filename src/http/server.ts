import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Log } from '../core/ports.ts';
import { assertOneHost } from './ambiguity.ts';
import { isIn } from './client.ts';
import { type Answer, isRouted, type Mount, type RoutedMount } from './contract.ts';
import { httpErrorKind } from './errors.ts';
import { withoutForwardedPath } from './forward-auth.ts';
import type { Health } from './health.ts';
import { answerUnrouted, missing, registerRoutes, send } from './mount.ts';
import { probes } from './probes.ts';
import { registerRawMount } from './raw-mount.ts';
import { requestIds } from './request-ids.ts';
import { logRequests } from './request-log.ts';
import { refuseExpectation, refuseOnSocket } from './socket-refusals.ts';

export interface HttpSettings {
  readonly publicUrl: string;
  /** CIDRs of proxies whose X-Forwarded-For is believed; empty for none. */
  readonly trustProxy: readonly string[];
  readonly corsOrigins: readonly string[];
  /** At level debug every request is worth a line. */
  readonly logLevel: string;
  /** What a browser shows of a path that belongs to no mount. Programs get JSON. */
  readonly missingPage?: Answer;
}

/** No request of any contract is larger. */
const BODY_LIMIT_BYTES = 16 * 1024;
/** 32 KiB of headers, which is what nginx passes on at most by default, and a request line. */
const LARGEST_HEAD_BYTES = 40 * 1024;
/** An e-mail address in a path, percent-encoded. */
const LONGEST_PARAMETER = 1024;
/** Node's own are minutes: enough for a few slow clients to hold every socket (SEC-080). */
const HEADERS_DEADLINE_MS = 10_000;
const REQUEST_DEADLINE_MS = 15_000;
const DEADLINE_CHECK_MS = 2_000;
const KEEP_ALIVE_MS = 72_000;
const CORS_MAX_AGE_S = 600;

/** Contracts read bodies in their own words (SEC-066); Fastify's own schema compilers are 10 MB and never asked (decision 8). */
const noSchema = (): never => {
  throw new Error('no route has a Fastify schema: a contract reads its bodies itself');
};
const noSchemas = { buildValidator: noSchema, buildSerializer: noSchema };

const NOT_FOUND: Answer = { status: 404, body: { detail: 'Not found.' } };

/** Browsers name HTML when a person opens an address; programs name JSON, anything or nothing. */
const prefersHtml = ({ method, headers }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html') === true;

function securityHeaders(publicUrl: string): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(publicUrl.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000' }),
  };
}

/** What browsers send before a request that another origin's page makes (Fetch standard, CORS-preflight request). */
const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined;

/** Two mounts want the same path. */
export class MountConflict extends Error {}

/** Fastify would say it too, of one of its own routes. @throws MountConflict */
function assertDistinctPrefixes(mounts: readonly Mount[]): void {
  const owners = new Map<string, string>();
  for (const { contract, prefixes } of mounts) {
    for (const prefix of prefixes) {
      const owner = owners.get(prefix);
      if (owner !== undefined)
        throw new MountConflict(`${prefix} of contract ${contract} belongs to contract ${owner}`);
      owners.set(prefix, contract);
    }
  }
}

/** A raw mount answers every path below it, also those that another mount has no route for. @throws MountConflict */
function assertNothingBelowRaw(mounts: readonly Mount[]): void {
  for (const outer of mounts.filter((mount) => !isRouted(mount))) {
    for (const inner of mounts.filter((mount) => mount !== outer)) {
      const below = inner.prefixes.find((path) =>
        outer.prefixes.some((prefix) => path.startsWith(`${prefix}/`)),
      );
      if (below === undefined) continue;
      throw new MountConflict(
        `${below} of contract ${inner.contract} is below a prefix that contract ${outer.contract} answers whole`,
      );
    }
  }
}

/** @throws MountConflict for a prefix or route of a contract at or below a path of the server's own */
function assertReserved({ prefixes: reserved }: RoutedMount, mounts: readonly Mount[]): void {
  for (const mount of mounts) {
    const { contract, prefixes } = mount;
    const paths = isRouted(mount) ? mount.routes.map((route) => route.path) : [];
    for (const path of [...prefixes, ...paths]) {
      const taken = reserved.find((own) => path === own || path.startsWith(`${own}/`));
      if (taken !== undefined) {
        throw new MountConflict(
          `${path} of contract ${contract} belongs to the probe ${taken} of the server`,
        );
      }
    }
  }
}

/** The server with the probes and every mount of the contracts in its place; not listening yet. @throws MountConflict */
export async function createServer(
  settings: HttpSettings,
  contractMounts: readonly Mount[],
  { log, health }: { readonly log: Log; readonly health: Health },
): Promise<FastifyInstance> {
  assertDistinctPrefixes(contractMounts);
  const ownMount = probes(health);
  assertReserved(ownMount, contractMounts);
  const mounts = [...contractMounts, ownMount];
  assertNothingBelowRaw(mounts);
  const headers = securityHeaders(settings.publicUrl);
  const isTrusted = isIn(settings.trustProxy);

  /** Through Fastify, which hands Node all headers at once: one set beforehand would send Node down its slow path. */
  function dress(request: FastifyRequest, reply: FastifyReply): void {
    reply.headers(headers).header('x-request-id', request.id);
  }

  const app = Fastify({
    // Fastify's own logging costs a child logger and three listeners a request; mount.ts logs what matters.
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    schemaController: { compilersFactory: noSchemas },
    requestTimeout: REQUEST_DEADLINE_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    rewriteUrl: ({ url = '' }) => withoutForwardedPath(url),
    http: {
      maxHeaderSize: LARGEST_HEAD_BYTES,
      headersTimeout: HEADERS_DEADLINE_MS,
      connectionsCheckingInterval: DEADLINE_CHECK_MS,
      // Node answers without a body; ours is checked below.
      requireHostHeader: false,
    },
    clientErrorHandler: refuseOnSocket(headers),
    trustProxy: settings.trustProxy.length > 0 ? isTrusted : false,
    genReqId: requestIds(isTrusted),
    // While it shuts down, what is under way is served; health says that it is on its way out.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => {
      // These come before any hook.
      dress(request, reply);
      send(reply, answerUnrouted(mounts, error, request));
    },
  });

  app.server.on('checkExpectation', refuseExpectation(headers));

  app.addHook('onRequest', (request, reply, done) => {
    dress(request, reply);
    try {
      assertOneHost(request.raw);
    } catch (error) {
      reply.header('connection', 'close');
      throw error;
    }
    done();
  });
  if (settings.corsOrigins.length > 0) {
    const { default: cors } = await import('@fastify/cors');
    const options = {
      origin: [...settings.corsOrigins],
      methods: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
      exposedHeaders: ['Retry-After', 'X-Request-Id'],
      maxAge: CORS_MAX_AGE_S,
    };
    await app.register(cors, {
      delegator(request: FastifyRequest, done: (error: null, options: object) => void) {
        // Any other OPTIONS is for the contract to answer.
        done(null, { ...options, preflight: isPreflight(request) });
      },
    });
  }
  // Only for what belongs to no mount; each mount has its own.
  app.setErrorHandler((error, _request, reply) => {
    if (httpErrorKind(error) !== 'internal_error')
      return send(reply, { status: 400, body: { detail: 'Bad request.' } });
    log.error({ event: 'unexpected', err: error }, 'a request met a bug');
    return send(reply, { status: 500, body: { detail: 'Internal server error.' } });
  });
  const { missingPage } = settings;
  app.setNotFoundHandler(
    missing(mounts, (request, reply) => {
      if (missingPage === undefined) return send(reply, NOT_FOUND);
      reply.header('vary', 'accept');
      return send(reply, prefersHtml(request) ? missingPage : NOT_FOUND);
    }),
  );
  if (settings.logLevel === 'debug' || settings.logLevel === 'trace') logRequests(app, log);
  for (const mount of mounts) {
    if (isRouted(mount)) registerRoutes(app, mount, log);
    else registerRawMount(app, mount, log);
  }
  return app;
}
