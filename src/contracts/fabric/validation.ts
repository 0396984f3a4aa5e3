import type { Static, TObject, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { isOneLine, isPlainText } from '../../core/account/index.ts';
import { fieldErrors } from './errors.ts';

/** A field's first complaint: the name that becomes `error_code`, and its text. */
interface Complaint {
  readonly code: string;
  readonly text: string;
}

const notAString: Complaint = { code: 'invalid', text: 'Not a valid string.' };
const compiled = new WeakMap<TSchema, Validator>();

function validatorOf(schema: TSchema): Validator {
  const known = compiled.get(schema) ?? Compile(schema);
  compiled.set(schema, known);
  return known;
}

const tooLong = (limit: number): Complaint => ({
  code: 'max_length',
  text: `Ensure this field has no more than ${limit} characters.`,
});

interface Bounds {
  readonly maxLength?: number;
  readonly maxBytes?: number;
  /** Only of what is shown again. */
  readonly shape?: keyof typeof shapes;
}

const shapes = { line: isOneLine, text: isPlainText };

/** The bounds that stand on a schema, or inside a nullable one. */
function boundsOf(schema: TSchema): Bounds {
  const { anyOf } = schema as { anyOf?: TSchema[] };
  return (anyOf?.[0] ?? schema) as Bounds;
}

/** Called for a value that its schema refuses: says why in the contract's words. */
function complaintAbout(schema: TSchema, value: unknown): Complaint {
  if (value === undefined) return { code: '4000', text: 'This field is required.' };
  if (value === null) return { code: 'null', text: 'This field may not be null.' };
  if ('enum' in schema) return { code: 'invalid_choice', text: `"${shown(value)}" is not a valid choice.` };
  if (typeof value !== 'string') return notAString;
  if (value === '') return { code: 'blank', text: 'This field may not be blank.' };
  return tooLong(boundsOf(schema).maxLength ?? 0);
}

/** A refused choice is quoted back; as text, and not more of it than a choice could have. */
const shown = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 100);

/** What a schema cannot say: Unicode that every database can hold (SEC-040), and no log is harmed by (SEC-088). */
function complaintAboutText(schema: TSchema, value: unknown): Complaint | undefined {
  if (typeof value !== 'string') return undefined;
  if (!value.isWellFormed() || value.includes('\0')) return notAString;
  const { maxBytes, shape } = boundsOf(schema);
  if (shape !== undefined && !shapes[shape](value)) return notAString;
  return maxBytes !== undefined && Buffer.byteLength(value) > maxBytes ? tooLong(maxBytes) : undefined;
}

/**
 * The fields of a body, or a 400 that names every failing one, in the order of the schema. `error_code` is that of
 * the first. Fields that the schema does not name are ignored.
 */
export function readBody<S extends TObject>(schema: S, body: unknown): Static<S> {
  const given = body === undefined ? {} : body;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw fieldErrors(400, 'invalid', { non_field_error: 'Invalid data. Expected a dictionary.' });
  }
  const values = given as Record<string, unknown>;
  const properties = Object.entries<TSchema>(schema.properties);
  const required = new Set<string>(schema.required);
  const complaints = properties.flatMap(([name, property]) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined && !required.has(name)) return [];
    // One by one: a validator of the whole stops looking after a few errors, and every failing field is named.
    const complaint = validatorOf(property).Check(value)
      ? complaintAboutText(property, value)
      : complaintAbout(property, value);
    return complaint === undefined ? [] : [{ name, ...complaint }];
  });
  const [first] = complaints;
  if (first !== undefined) {
    const detail = Object.fromEntries(complaints.map(({ name, text }) => [name, text]));
    throw fieldErrors(400, first.code, detail);
  }
  // Only what the schema names: nothing else of a body can reach a flow (SEC-066).
  const read = properties.flatMap(([name]) => (Object.hasOwn(values, name) ? [[name, values[name]]] : []));
  return Object.fromEntries(read) as Static<S>;
}
