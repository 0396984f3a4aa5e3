import type { Answer, RoutedMount } from './contract.ts';
import type { ErrorResponses } from './errors.ts';
import type { Health } from './health.ts';

/** In what time an orchestrator should ask again. */
const RETRY_AFTER_S = '5';

const says = (status: number, word: string): Answer => ({ status, body: { status: word } });

const INTERNAL_ERROR = says(500, 'internal error');

const errors: ErrorResponses = {
  // No probe calls core in a way that it can refuse.
  categories: {
    invalid: INTERNAL_ERROR,
    unauthenticated: INTERNAL_ERROR,
    forbidden: INTERNAL_ERROR,
    not_found: INTERNAL_ERROR,
    conflict: INTERNAL_ERROR,
    rate_limited: INTERNAL_ERROR,
    unavailable: INTERNAL_ERROR,
    expired: INTERNAL_ERROR,
  },
  codes: {},
  http: {
    not_found: says(404, 'not found'),
    method_not_allowed: says(405, 'method not allowed'),
    malformed: says(400, 'bad request'),
    too_large: says(413, 'too large'),
    unsupported_media_type: says(415, 'unsupported media type'),
    internal_error: INTERNAL_ERROR,
  },
};

/**
 * The probes of the server itself, whatever contracts are mounted. `/livez`: this process answers; it asks nothing of the
 * database, because a restart repairs no database. `/readyz`: the database answers, and no shutdown has begun.
 */
export function probes(health: Health): RoutedMount {
  return {
    contract: 'server',
    prefixes: ['/livez', '/readyz'],
    errors,
    bodies: () => {},
    routes: [
      { method: 'GET', path: '/livez', handle: () => ({ status: 'ok' }) },
      {
        method: 'GET',
        path: '/readyz',
        async handle(_request, reply) {
          const { database, accepting } = await health.report();
          const isReady = database === 'ok' && accepting;
          if (!isReady) reply.code(503).header('retry-after', RETRY_AFTER_S);
          return { status: isReady ? 'ok' : 'unavailable', database, accepting };
        },
      },
    ],
  };
}
