import { AnswerError, type Route } from '../../../http/index.ts';
import { detail } from '../errors.ts';
import type { VibeMobi } from '../vibemobi.ts';

export const healthCheck = ({ health }: VibeMobi): Route => ({
  method: 'GET',
  path: '/utils/health-check',
  async handle(_request, reply) {
    const { database, accepting } = await health.report();
    if (database !== 'ok' || !accepting) {
      throw new AnswerError({ ...detail(503, 'Service Unavailable'), headers: { 'retry-after': '5' } });
    }
    // Through Fastify a bare boolean would be no body.
    return reply.type('application/json; charset=utf-8').send('true');
  },
});
