import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MalformedBody } from './faults.ts';

/** More names than any form of ours has; a body of nothing but `&` costs its reader. */
const MOST_FIELDS = 64;
const MOST_HEADERS = 16;
const REPLACEMENT = /\u{FFFD}/gu;
const REPLACEMENT_ENCODED = /%EF%BF%BD/gi;
const REPLACEMENT_BYTES = /\xef\xbf\xbd/g;

type Fields = readonly (readonly [name: string, value: string])[];

const countOf = (pattern: RegExp, text: string): number => text.match(pattern)?.length ?? 0;

/**
 * A name that stands twice has no meaning that two readers would agree on. Decoders turn every broken byte into one
 * character, and different passwords must not become one: more of that character than was sent means broken bytes.
 */
function recordOf(fields: Fields, replacementsSent: number): Record<string, string> {
  if (fields.length > MOST_FIELDS) throw new MalformedBody('too many fields');
  const names = new Set(fields.map(([name]) => name));
  if (names.size !== fields.length) throw new MalformedBody('a name stands twice');
  if (countOf(REPLACEMENT, fields.flat().join('')) > replacementsSent) throw new MalformedBody('not UTF-8');
  return Object.fromEntries(fields);
}

/** `application/x-www-form-urlencoded`. @throws MalformedBody */
export function parseForm(body: Buffer): Record<string, string> {
  const text = body.toString('latin1');
  if (/[^\x20-\x7e]/.test(text)) throw new MalformedBody('not encoded');
  return recordOf([...new URLSearchParams(text)], countOf(REPLACEMENT_ENCODED, text));
}

/** `multipart/form-data` (RFC 7578), texts only: no form of ours takes a file. @throws MalformedBody */
export async function parseMultipart(body: Buffer, contentType: string): Promise<Record<string, string>> {
  const { Busboy } = await import('@fastify/busboy');
  const fields = await new Promise<Fields>((resolve, reject) => {
    const refuse = (reason: string, cause?: unknown) => reject(new MalformedBody(reason, { cause }));
    const read: [string, string][] = [];
    try {
      const parser = new Busboy({
        headers: { 'content-type': contentType },
        limits: {
          fields: MOST_FIELDS,
          fieldSize: body.byteLength,
          headerPairs: MOST_HEADERS,
        },
      });
      parser.on('field', (name, value) => read.push([name, value]));
      parser.on('file', (_name, stream) => {
        stream.resume();
        refuse('a file');
      });
      parser.on('fieldsLimit', () => refuse('too many fields'));
      parser.on('error', (error) => refuse('not multipart', error));
      parser.on('finish', () => resolve(read));
      parser.end(body);
    } catch (error) {
      // Without a boundary it throws at once.
      refuse('not multipart', error);
    }
  });
  return recordOf(fields, countOf(REPLACEMENT_BYTES, body.toString('latin1')));
}

/** Reads forms as browsers and scripts send them. */
export function formBodies(scope: FastifyInstance): void {
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => parseForm(body),
  );
  scope.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) =>
      parseMultipart(body, request.headers['content-type'] ?? ''),
  );
}
