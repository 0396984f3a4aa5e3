import type { FastifyRequest } from 'fastify';
import { parseForm } from '../../http/index.ts';
import { badRequest } from './errors.ts';

export type Fields = ReadonlyMap<string, string>;

/**
 * What a POST says: its form, and beside it the query, which is read by the same rules. The body wins.
 * @throws MalformedBody when a name stands twice in the query, or it is not UTF-8
 */
export function fieldsOf(request: FastifyRequest): Fields {
  const form = (request.body ?? {}) as Record<string, string>;
  return new Map([...Object.entries(queryOf(request)), ...Object.entries(form)]);
}

export function queryOf({ url }: FastifyRequest): Record<string, string> {
  const start = url.indexOf('?');
  return start === -1 ? {} : parseForm(Buffer.from(url.slice(start + 1)));
}

/** @throws AnswerError `Bad request` when the field is absent or empty, or no database could hold it (SEC-040) */
export function required(fields: Fields, name: string): string {
  const value = fields.get(name) ?? '';
  if (value === '' || value.includes('\0') || !value.isWellFormed()) throw badRequest();
  return value;
}

/** The same for what people type with a space too many; never for a password. */
export function requiredTrimmed(fields: Fields, name: string): string {
  const value = required(fields, name).trim();
  if (value === '') throw badRequest();
  return value;
}
