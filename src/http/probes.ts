import type { Answer, Mount, WireErrors } from './contract.ts';
import type { HttpFault } from './faults.ts';
import type { Health } from './health.ts';

/** In what time an orchestrator should ask again. */
const RETRY_AFTER_S = '5';

const says = (status: number, word: string): Answer => ({ status, body: { status: word } });

const faults: Record<HttpFault, Answer> = {
  not_found: says(404, 'not found'),
  method_not_allowed: says(405, 'method not allowed'),
  malformed: says(400, 'bad request'),
  too_large: says(413, 'too large'),
  unsupported_media_type: says(415, 'unsupported media type'),
  unexpected: says(500, 'internal error'),
};

const errors: WireErrors = { refuse: () => faults.unexpected, fault: (fault) => faults[fault] };

/**
 * The probes of the server itself, whatever contracts are mounted. `/livez`: this process answers; it asks nothing of the
 * database, because a restart repairs no database. `/readyz`: the database answers, and no shutdown has begun.
 */
export function probes(health: Health): Mount {
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
