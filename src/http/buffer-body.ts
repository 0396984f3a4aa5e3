import type { FastifyInstance, FastifyRequest } from 'fastify';
import { assertCharset } from './ambiguity.ts';

/**
 * Adds a parser for a media type. It gets the whole body once its bytes are known to be UTF-8 or ASCII in the charset that
 * the request names; other bodies are `unsupported_media_type`.
 */
export function bufferBodies(
  scope: FastifyInstance,
  type: string | RegExp,
  parse: (body: Buffer, contentType: string) => unknown,
): void {
  scope.addContentTypeParser(type, { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const { 'content-type': contentType = '' } = request.headers;
    assertCharset(contentType, body);
    return parse(body, contentType);
  });
}
