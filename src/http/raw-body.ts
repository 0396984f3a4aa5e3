import type { FastifyInstance } from 'fastify';
import { bufferBodies } from './buffer-body.ts';

/** For contracts that look at a body only after something else: every content type arrives as its bytes. */
export function rawBodies(scope: FastifyInstance): void {
  bufferBodies(scope, '*', (body) => body);
}
