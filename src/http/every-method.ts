import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** All that Node hands to a request handler. */
const EVERY_METHOD = METHODS.filter((method) => method !== 'CONNECT');

/** Registers a route for every method. It answers in a hook, because Fastify reads the body after its hooks. */
export function everyMethod(
  scope: FastifyInstance,
  {
    url,
    config,
    handle,
  }: {
    readonly url: string;
    readonly config: object;
    readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown;
  },
): void {
  for (const method of EVERY_METHOD) {
    if (!scope.supportedMethods.includes(method)) scope.addHttpMethod(method);
  }
  scope.route({
    method: EVERY_METHOD,
    url,
    prefixTrailingSlash: 'slash',
    config,
    onRequest: async (request, reply) => handle(request, reply),
    handler: () => {
      throw new Error('the hook has answered');
    },
  });
}
