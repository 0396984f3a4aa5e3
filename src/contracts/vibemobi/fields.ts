import { isOneLine, parseIdentifier } from '../../core/account/index.ts';
import { isPasswordTooLong, PASSWORD_MAX_BYTES } from '../../core/credential/index.ts';
import { AuthError } from '../../core/errors.ts';
import { type Complaint, type Field, Refused } from './validation.ts';

/** What a field accepts, and in which words it refuses: pydantic 1.10, as its clients know it. */

type Reader<T> = (value: unknown) => T;

const NULL: Complaint = { msg: 'none is not an allowed value', type: 'type_error.none.not_allowed' };
const STRING: Complaint = { msg: 'str type expected', type: 'type_error.str' };
const EMAIL: Complaint = { msg: 'value is not a valid email address', type: 'value_error.email' };
const USERNAME: Complaint = { msg: 'value is not a valid username', type: 'value_error.username' };
const BOOLEAN: Complaint = { msg: 'value could not be parsed to a boolean', type: 'type_error.bool' };
const INTEGER: Complaint = { msg: 'value is not a valid integer', type: 'type_error.integer' };
const UUID: Complaint = { msg: 'value is not a valid uuid', type: 'type_error.uuid' };

const FULL_NAME_MAX_LENGTH = 255;

export const atLeast = (limit: number): Complaint => ({
  msg: `ensure this value has at least ${limit} characters`,
  type: 'value_error.any_str.min_length',
  ctx: { limit_value: limit },
});
export const atMost = (limit: number): Complaint => ({
  msg: `ensure this value has at most ${limit} characters`,
  type: 'value_error.any_str.max_length',
  ctx: { limit_value: limit },
});

/** Must be sent. */
export function required<T>(read: Reader<T>): Field<T> {
  return { isRequired: true, read: notNull(read), absent: undefined as T };
}

/** May be left out; `null` clears it. */
export function optional<T>(read: Reader<T>): Field<T | null | undefined> {
  return { isRequired: false, read: (value) => (value === null ? null : read(value)), absent: undefined };
}

/** May be left out; `null` is the same as that, since there is nothing to clear it to. */
export function unlessNull<T>(read: Reader<T>): Field<T | undefined> {
  return {
    isRequired: false,
    read: (value) => (value === null ? undefined : read(value)),
    absent: undefined,
  };
}

/** May be left out, not `null`. */
export function optionalNotNull<T>(read: Reader<T>): Field<T | undefined> {
  return { isRequired: false, read: notNull(read), absent: undefined };
}

const notNull =
  <T>(read: Reader<T>): Reader<T> =>
  (value) => {
    if (value === null) throw new Refused(NULL);
    return read(value);
  };

/** Numbers and booleans become texts as Python writes them. What no database can hold is no text (SEC-040). */
export function text(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  // A number that JSON could carry and we could not is not made into another text.
  if (typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value)))
    return String(value);
  if (typeof value === 'string' && value.isWellFormed() && !value.includes('\0')) return value;
  throw new Refused(STRING);
}

/** Lengths are code points. A text of more than twice as many code units is too long without being counted. */
function bounded({ min = 0, max }: { min?: number; max: number }): Reader<string> {
  return (value) => {
    const read = text(value);
    const length = read.length > 2 * max ? read.length : [...read].length;
    if (length < min) throw new Refused(atLeast(min));
    if (length > max) throw new Refused(atMost(max));
    return read;
  };
}

export const newPassword = bounded({ min: 8, max: 40 });
const nameText = bounded({ max: FULL_NAME_MAX_LENGTH });

export function fullName(value: unknown): string {
  const read = nameText(value);
  if (!isOneLine(read)) throw new Refused(STRING);
  return read;
}

/** What a trusted system may set: whatever it took over from elsewhere. */
export function anyPassword(value: unknown): string {
  const read = text(value);
  if (read === '') throw new Refused(atLeast(1));
  if (isPasswordTooLong(read)) throw new Refused(atMost(PASSWORD_MAX_BYTES));
  return read;
}

function identifier<K extends 'email' | 'username'>(kind: K, value: string, complaint: Complaint) {
  try {
    return parseIdentifier(kind, value);
  } catch (error) {
    if (error instanceof AuthError && error.code === 'identifier_invalid') throw new Refused(complaint);
    throw error;
  }
}

export const email = (value: unknown) => identifier('email', text(value), EMAIL);

const usernameText = bounded({ min: 3, max: 50 });

/** An address is no username, but clients that have only addresses send it as one; then it names nothing new. */
export function username(value: unknown) {
  const read = usernameText(value);
  return read.includes('@') ? identifier('email', read, USERNAME) : identifier('username', read, USERNAME);
}

const TRUE = new Set<unknown>([true, 1, '1', 'on', 't', 'true', 'y', 'yes']);
const FALSE = new Set<unknown>([false, 0, '0', 'off', 'f', 'false', 'n', 'no']);

export function boolean(value: unknown): boolean {
  const read = typeof value === 'string' ? value.toLowerCase() : value;
  if (TRUE.has(read)) return true;
  if (FALSE.has(read)) return false;
  throw new Refused(BOOLEAN);
}

/** A whole number in a query; of several the last one counts. */
export function integer({ min, max }: { min: number; max?: number }): Reader<number> {
  return (value) => {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (!/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(String(last))) throw new Refused(INTEGER);
    const read = Number(String(last).replaceAll('_', ''));
    if (read < min) throw new Refused(bound('not_ge', 'greater', min));
    if (max !== undefined && read > max) throw new Refused(bound('not_le', 'less', max));
    return Math.min(read, Number.MAX_SAFE_INTEGER);
  };
}

const bound = (type: string, relation: string, limit: number): Complaint => ({
  msg: `ensure this value is ${relation} than or equal to ${limit}`,
  type: `value_error.number.${type}`,
  ctx: { limit_value: limit },
});

/** In every spelling that Python reads; returns the one that we keep. */
export function uuid(value: unknown): string {
  const hex = String(value)
    .replace('urn:', '')
    .replace('uuid:', '')
    .replace(/^\{|\}$/g, '')
    .replaceAll('-', '');
  if (!/^[\da-f]{32}$/i.test(hex)) throw new Refused(UUID);
  return hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** `password`, exactly; the only grant there is. */
export function grantType(value: unknown): string {
  const read = text(value);
  if (read === 'password') return read;
  const complaint = { msg: 'string does not match regex "password"', type: 'value_error.str.regex' };
  throw new Refused({ ...complaint, ctx: { pattern: 'password' } });
}
