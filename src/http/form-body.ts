import type { FastifyInstance } from 'fastify';
import { MalformedBody } from './faults.ts';

/** More names than any form of ours has; a body of nothing but `&` costs its reader. */
const MOST_FIELDS = 64;
const REPLACEMENT = /\u{FFFD}/gu;
const REPLACEMENT_ENCODED = /%EF%BF%BD/gi;

const countOf = (pattern: RegExp, text: string): number => text.match(pattern)?.length ?? 0;

/**
 * `application/x-www-form-urlencoded`. A name that stands twice has no meaning that two readers would agree on.
 * @throws MalformedBody
 */
export function parseForm(body: Buffer): Record<string, string> {
  const text = body.toString('latin1');
  const fields = [...new URLSearchParams(text)];
  if (fields.length > MOST_FIELDS) throw new MalformedBody('too many fields');
  const names = new Set(fields.map(([name]) => name));
  if (names.size !== fields.length) throw new MalformedBody('a name stands twice');
  // The decoder turns every broken byte into one character; different passwords must not become one. More of that
  // character than somebody typed means broken bytes.
  const broken = countOf(REPLACEMENT, fields.flat().join('')) > countOf(REPLACEMENT_ENCODED, text);
  if (/[^\x20-\x7e]/.test(text) || broken) {
    throw new MalformedBody('not UTF-8');
  }
  return Object.fromEntries(fields);
}

export function formBodies(scope: FastifyInstance): void {
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => parseForm(body),
  );
}
