import { MalformedBody } from '../../http/index.ts';
import { fieldsRequired } from './errors.ts';

/** The fields of a body, by their names in lower case. */
export type Fields = ReadonlyMap<string, unknown>;

/**
 * Names may be written in any letter case: the documentation prints two. Two spellings of one name in one body have
 * no meaning that two readers would agree on (SEC-082).
 * @throws MalformedBody
 */
export function readFields(body: unknown = {}): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new MalformedBody('no object');
  const given = Object.entries(body);
  const fields = new Map(given.map(([name, value]) => [name.toLowerCase(), value]));
  if (fields.size !== given.length) throw new MalformedBody('a name stands twice');
  return fields;
}

/**
 * Texts that must be there and not be empty; whatever is no text is not there.
 * @param names as the contract reports them
 * @throws AnswerError with one `Required` for each that is missing, in this order
 */
export function readTexts<Name extends string>(fields: Fields, names: readonly Name[]): Record<Name, string> {
  const read = names.map((name) => [name, fields.get(name.toLowerCase())] as const);
  const missing = read.filter(([, value]) => typeof value !== 'string' || value === '');
  if (missing.length > 0) throw fieldsRequired(missing.map(([name]) => name));
  return Object.fromEntries(read) as Record<Name, string>;
}
