/** What a field accepts, and in which words it refuses: those of Django REST framework, as its clients know them. */

/** The name that becomes `error_code`, and its text. */
export interface Complaint {
  readonly code: string;
  readonly text: string;
}

export interface Field<T> {
  readonly isRequired: boolean;
  /** Another name, under which the value is looked for where it was not sent under its own. */
  readonly alias?: string;
  /** What a value that was sent is read as; itself where this is absent. */
  read?(value: unknown): unknown;
  /** The first complaint about a value that was sent, or about `undefined` where one had to be. */
  refuse(value: unknown): Complaint | undefined;
  /** What it lets through; for the compiler only. */
  readonly lets?: T;
}

const REQUIRED: Complaint = { code: '4000', text: 'This field is required.' };
const NULL: Complaint = { code: 'null', text: 'This field may not be null.' };
const BLANK: Complaint = { code: 'blank', text: 'This field may not be blank.' };
const NOT_A_STRING: Complaint = { code: 'invalid', text: 'Not a valid string.' };

const tooLong = (limit: number): Complaint => ({
  code: 'max_length',
  text: `Ensure this field has no more than ${limit} characters.`,
});

interface TextLimits {
  /** In Unicode characters. */
  readonly maxLength?: number;
  readonly maxBytes?: number;
  /** For what is shown again: no control characters that would harm a page or a log (SEC-088). */
  readonly accepts?: (text: string) => boolean;
}

interface TextReading {
  /** An integer with fewer digits has lost its leading zeros on the way. */
  readonly digits?: number;
  readonly alias?: string;
}

/**
 * Clients send codes and phone numbers as JSON numbers, and the original reads them as texts. Only integers: a double
 * holds them exactly, so that two passwords never become one.
 */
const integerAsText =
  (digits = 0) =>
  (value: unknown): unknown => {
    if (!Number.isSafeInteger(value)) return value;
    return Number(value) < 0 ? String(value) : String(value).padStart(digits, '0');
  };

/** Must be there, and not empty. */
export function text({ digits, alias, ...limits }: TextLimits & TextReading): Field<string> {
  return {
    isRequired: true,
    ...(alias !== undefined && { alias }),
    read: integerAsText(digits),
    refuse(value) {
      if (value === undefined) return REQUIRED;
      if (value === null) return NULL;
      return value === '' ? BLANK : refuseText(value, limits);
    },
  };
}

/** May be left out; `null` and the empty text clear what was there. */
export function clearableText(limits: TextLimits): Field<string | null | undefined> {
  return {
    isRequired: false,
    read: integerAsText(),
    refuse: (value) => (value === null ? undefined : refuseText(value, limits)),
  };
}

/** May be left out. */
export function choice<const Choice extends string>(...choices: Choice[]): Field<Choice | undefined> {
  return {
    isRequired: false,
    refuse(value) {
      if (value === null) return NULL;
      if (choices.some((known) => known === value)) return undefined;
      return { code: 'invalid_choice', text: `"${shown(value)}" is not a valid choice.` };
    },
  };
}

/** A refused choice is quoted back; as text, and not more of it than a choice could have. */
const shown = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 100);

/** In Unicode characters, of which each takes one or two of the units that `length` counts. */
const isLongerThan = (text: string, limit: number): boolean =>
  text.length > limit && (text.length > 2 * limit || [...text].length > limit);

function refuseText(value: unknown, { maxLength, maxBytes, accepts }: TextLimits): Complaint | undefined {
  if (typeof value !== 'string') return NOT_A_STRING;
  if (maxLength !== undefined && isLongerThan(value, maxLength)) return tooLong(maxLength);
  // What no database can hold is no text (SEC-040).
  if (!value.isWellFormed() || value.includes('\0')) return NOT_A_STRING;
  if (accepts !== undefined && !accepts(value)) return NOT_A_STRING;
  return maxBytes !== undefined && Buffer.byteLength(value) > maxBytes ? tooLong(maxBytes) : undefined;
}
