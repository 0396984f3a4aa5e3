import { type Answer, AnswerError } from '../../http/index.ts';

/**
 * The 422 of FastAPI 0.92 with pydantic 1.10: one item for each failing field, in the order of declaration. Knows how
 * items are collected and told; what a field accepts is in fields.ts.
 */

type Where = 'body' | 'query' | 'path';

/** What is wrong with one value. */
export interface Complaint {
  readonly msg: string;
  readonly type: string;
  readonly ctx?: Readonly<Record<string, string | number>>;
}

interface Item extends Complaint {
  readonly loc: readonly (string | number)[];
}

/** Thrown by a field's reader. */
export class Refused extends Error {
  readonly complaint: Complaint;
  constructor(complaint: Complaint) {
    super(complaint.type);
    this.complaint = complaint;
  }
}

export interface Field<T> {
  readonly isRequired: boolean;
  /** Called for what was sent, `null` included. @throws Refused */
  read(value: unknown): T;
  /** What stands for a field that was not sent. */
  readonly absent: T;
}

type Fields = Readonly<Record<string, Field<unknown>>>;
type ValuesOf<F extends Fields> = { readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };

interface Checked<T> {
  readonly items: readonly Item[];
  /** Only of use when there are no items. */
  readonly values: T;
}

const MISSING: Complaint = { msg: 'field required', type: 'value_error.missing' };
const NOT_A_DICT: Complaint = { msg: 'value is not a valid dict', type: 'type_error.dict' };

const item = (loc: Item['loc'], { msg, type, ctx }: Complaint): Item => ({
  loc,
  msg,
  type,
  ...(ctx && { ctx }),
});

export function unprocessable(items: readonly Item[]): Answer {
  return { status: 422, body: { detail: items } };
}

/** A refusal about one field of the body that only core could make. */
export function fieldRefusal(field: string, complaint: Complaint): Answer {
  return unprocessable([item(['body', field], complaint)]);
}

/** The syntax error of a JSON body. */
export function brokenJson(position: number): AnswerError {
  const complaint = { msg: 'the body is not valid JSON', type: 'value_error.jsondecode' };
  return new AnswerError(unprocessable([item(['body', position], complaint)]));
}

/** For a body that is something else than JSON. */
export const notADict: Answer = unprocessable([item(['body'], NOT_A_DICT)]);

/** Looks at each field by itself, so that every failing one is told. Fields that are not declared do not exist. */
export function check<F extends Fields>(where: Where, fields: F, sent: unknown): Checked<ValuesOf<F>> {
  const given = (sent ?? {}) as Record<string, unknown>;
  const items: Item[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    try {
      if (value === undefined && field.isRequired) throw new Refused(MISSING);
      values[name] = value === undefined ? field.absent : field.read(value);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      items.push(item([where, name], error.complaint));
    }
  }
  return { items, values: values as ValuesOf<F> };
}

/** The same for a JSON body, which must be there and be an object. `null` counts as none. */
export function checkBody<F extends Fields>(fields: F, sent: unknown): Checked<ValuesOf<F>> {
  const none = sent === undefined || sent === null;
  const isObject = typeof sent === 'object' && !Array.isArray(sent);
  if (isObject && !none) return check('body', fields, sent);
  return { items: [item(['body'], none ? MISSING : NOT_A_DICT)], values: {} as ValuesOf<F> };
}

/** @throws AnswerError 422 when anything was refused, in the order of the parts. */
export function assertValid(...parts: readonly Checked<unknown>[]): void {
  const items = parts.flatMap((part) => part.items);
  if (items.length > 0) throw new AnswerError(unprocessable(items));
}
