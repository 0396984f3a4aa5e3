import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { isUnambiguous } from './ambiguity.ts';
import { bufferBodies } from './buffer-body.ts';
import { MalformedBody } from './errors.ts';

/** More names than any form of ours has; a body of nothing but `&` costs its reader. */
const MOST_FIELDS = 64;
const MOST_HEADERS = 16;
const REPLACEMENT = /\u{FFFD}/gu;
const REPLACEMENT_ENCODED = /%EF%BF%BD/gi;
/** The charset that a part names, its header in one line or several, and what follows until the next delimiter. */
const PART_CHARSET =
  /\r\ncontent-type:(?:[^\r\n]|\r\n[ \t])*?charset\s*=\s*"?(?<charset>[^\s;"]*)(?<rest>[\s\S]*?)(?=\r\n--|$)/gi;

type Fields = readonly (readonly [name: string, value: string])[];

const countOf = (pattern: RegExp, text: string): number => text.match(pattern)?.length ?? 0;

/** A name that stands twice has no meaning that two readers would agree on. */
function recordOf(fields: Fields): Record<string, string> {
  if (fields.length > MOST_FIELDS) throw new MalformedBody('too many fields');
  const names = new Set(fields.map(([name]) => name));
  if (names.size !== fields.length) throw new MalformedBody('a name stands twice');
  return Object.fromEntries(fields);
}

/**
 * `application/x-www-form-urlencoded`. Decoders turn every broken byte into one character, and different passwords must not
 * become one: more of that character than was sent means broken bytes.
 * @throws MalformedBody
 */
export function parseForm(body: Buffer): Record<string, string> {
  const text = body.toString('latin1');
  if (/[^\x20-\x7e]/.test(text)) throw new MalformedBody('not encoded');
  const fields = [...new URLSearchParams(text)];
  if (countOf(REPLACEMENT, fields.flat().join('')) > countOf(REPLACEMENT_ENCODED, text))
    throw new MalformedBody('not UTF-8');
  return recordOf(fields);
}

/** `multipart/form-data` (RFC 7578), texts in UTF-8 only: no form of ours takes a file. @throws MalformedBody */
export async function parseMultipart(body: Buffer, contentType: string): Promise<Record<string, string>> {
  if (!isUtf8(body)) throw new MalformedBody('not UTF-8');
  for (const { groups: { charset = '', rest = '' } = {} } of body.toString('latin1').matchAll(PART_CHARSET)) {
    if (!isUnambiguous(charset, Buffer.from(rest, 'latin1'))) {
      throw new MalformedBody('a part in another charset');
    }
  }
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
        // One that ends early tells so here, and nobody else hears it: unheard it would end the process (SEC-100).
        stream.on('error', () => {}).resume();
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
  return recordOf(fields);
}

/** Reads forms as browsers and scripts send them. */
export function formBodies(scope: FastifyInstance): void {
  bufferBodies(scope, 'application/x-www-form-urlencoded', parseForm);
  bufferBodies(scope, 'multipart/form-data', parseMultipart);
}
