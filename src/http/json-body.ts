import type { FastifyInstance } from 'fastify';
import { bufferBodies } from './buffer-body.ts';
import { MalformedBody } from './errors.ts';

/** Skips a byte order mark at the start (RFC 8259 §8.1). */
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** No body of any contract needs more; deeper ones only cost their readers. */
const DEEPEST = 8;

/** Strings, with the colon that makes them a name, and brackets. Only run over text that JSON.parse accepts. */
const TOKENS = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;

/**
 * JSON.parse keeps the last of two equal names, other parsers the first: what a proxy checked and what we read
 * could differ (SEC-082). Also measures depth.
 */
function assertUnambiguous(text: string): void {
  const names: Set<string>[] = [];
  for (const [token, colon] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      if (names.push(new Set()) > DEEPEST) throw new MalformedBody('nested too deeply');
    } else if (token === '}' || token === ']') {
      names.pop();
    } else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, -colon.length)) as string;
      const known = names.at(-1);
      if (known?.has(name)) throw new MalformedBody('a name stands twice');
      known?.add(name);
    }
  }
}

/** The one JSON parser. Never makes a prototype of what a client sent. @throws MalformedBody */
export function parseJson(body: Buffer): unknown {
  if (body.byteLength === 0) return undefined;
  let value: unknown;
  let text: string;
  try {
    // Invalid UTF-8 is refused, not replaced: two different passwords must not become one (SEC-040).
    text = utf8.decode(body);
    value = JSON.parse(text);
  } catch (cause) {
    throw new MalformedBody('not JSON', { cause });
  }
  assertUnambiguous(text);
  return value;
}

/** Reads JSON under the given media types. */
export function jsonBodies(
  scope: FastifyInstance,
  types: readonly (string | RegExp)[] = ['application/json'],
): void {
  for (const type of types) bufferBodies(scope, type, parseJson);
}
