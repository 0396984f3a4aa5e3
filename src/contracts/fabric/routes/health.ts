import type { Route } from '../../../http/index.ts';
import type { Fabric } from '../fabric.ts';

export const health = ({ health: state, clock, environment, version }: Fabric): Route => ({
  method: 'GET',
  path: '/health',
  async handle(_request, reply) {
    const { database, accepting } = await state.report();
    const healthy = database === 'ok' && accepting;
    if (!healthy) reply.code(503).header('retry-after', '5');
    return {
      status: healthy ? 'ok' : 'error',
      timestamp: new Date(clock.now()).toISOString(),
      service: 'fabric-auth-service',
      environment,
      app_version: version,
      components: { database },
    };
  },
});
