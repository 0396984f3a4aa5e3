import type { FastifyInstance } from 'fastify';

/** For contracts that look at a body only after something else: every content type arrives as its bytes. */
export function rawBodies(scope: FastifyInstance): void {
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body);
}
