import { fieldErrors } from './errors.ts';
import type { Field } from './fields.ts';

type Fields = Readonly<Record<string, Field<unknown>>>;
type BodyOf<F extends Fields> = { readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };

/**
 * The fields of a body, or a 400 that names every failing one, in the order in which they are declared. `error_code` is
 * that of the first. Fields that are not declared are ignored.
 */
export function readBody<F extends Fields>(fields: F, body: unknown): BodyOf<F> {
  const given = body === undefined ? {} : body;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw fieldErrors(400, 'invalid', { non_field_error: 'Invalid data. Expected a dictionary.' });
  }
  const values = given as Record<string, unknown>;
  // Only what is declared: nothing else of a body can reach a flow (SEC-066).
  const read: Record<string, unknown> = {};
  const complaints = Object.entries(fields).flatMap(([name, field]) => {
    const sentAs = [name, field.alias].find((known) => known !== undefined && Object.hasOwn(values, known));
    const sent = sentAs === undefined ? undefined : values[sentAs];
    if (sent === undefined && !field.isRequired) return [];
    const value = field.read === undefined ? sent : field.read(sent);
    read[name] = value;
    const complaint = field.refuse(value);
    return complaint === undefined ? [] : [{ name, ...complaint }];
  });
  const [first] = complaints;
  if (first === undefined) return read as BodyOf<F>;
  const detail = Object.fromEntries(complaints.map(({ name, text }) => [name, text]));
  throw fieldErrors(400, first.code, detail);
}
