import type { FastifyInstance } from 'fastify';
import type { Log } from '../core/ports.ts';
import { clientOf } from './client.ts';

/**
 * A line for each request, for level debug: at level info the refusals (mount.ts) and the faults are what an
 * operator looks for, and a line costs more than most requests. Names the route's pattern, never its address:
 * paths and queries hold what people typed (SEC-087).
 */
export function logRequests(app: FastifyInstance, log: Log): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { id: requestId, method, routeOptions } = request;
    const { address } = clientOf(request);
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    const route = routeOptions.url ?? 'none';
    log.debug(
      { event: 'request', requestId, method, route, status: reply.statusCode, ms, address },
      'request',
    );
    done();
  });
}
