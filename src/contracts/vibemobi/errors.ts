import type { AuthError, PasswordRule } from '../../core/errors.ts';
import type { Answer } from '../../http/index.ts';
import type { ContractErrors } from '../contract.ts';
import { atLeast, atMost } from './fields.ts';
import { type Complaint, fieldRefusal, notADict } from './validation.ts';
import type { Flow } from './vibemobi.ts';

/** Every response of this contract that is not a success. */

export function detail(status: number, says: string): Answer {
  return { status, body: { detail: says } };
}

/** RFC 9110 §11.6.1: a 401 says how to do better. */
const unauthorised = (says: string): Answer => ({
  ...detail(401, says),
  headers: { 'www-authenticate': 'Bearer' },
});

const NO_CREDENTIALS = unauthorised('Not authenticated');
const BAD_CREDENTIALS = unauthorised('Could not validate credentials');
const INCORRECT = detail(400, 'Incorrect email or password');
const INACTIVE = detail(400, 'Inactive user');
const INVALID_TOKEN = detail(400, 'Invalid token');
const USER_NOT_FOUND = detail(404, 'User not found');

export const incorrectPassword = detail(400, 'Incorrect password');

const whatIsTaken = ({ facts }: AuthError): string => facts.kind ?? 'email';

const weak: Record<Exclude<PasswordRule, 'unchanged'>, Complaint> = {
  too_short: atLeast(8),
  too_long: atMost(1024),
  common: { msg: 'this password is too common', type: 'value_error.password_too_common' },
  similar: { msg: 'this password is too similar to the account', type: 'value_error.password_too_similar' },
  // Documents without such a rule never meet it.
  entirely_numeric: {
    msg: 'this password is entirely numeric',
    type: 'value_error.password_entirely_numeric',
  },
};

const weakPassword =
  (field: string) =>
  ({ facts }: AuthError): Answer => {
    const rule = facts.rule ?? 'too_short';
    if (rule === 'unchanged') return detail(400, 'New password cannot be the same as the current one');
    return fieldRefusal(field, weak[rule]);
  };

export const errors: ContractErrors<Flow> = {
  categories: {
    invalid: detail(400, 'Bad Request'),
    unauthenticated: BAD_CREDENTIALS,
    forbidden: detail(403, "The user doesn't have enough privileges"),
    not_found: detail(404, 'Not Found'),
    conflict: detail(409, 'Conflict'),
    rate_limited: detail(429, 'Too Many Requests'),
    unavailable: detail(503, 'Service Unavailable'),
    expired: INVALID_TOKEN,
  },
  codes: {
    identifier_invalid: INCORRECT,
    identifier_taken: (error) => detail(409, `User with this ${whatIsTaken(error)} already exists`),
    identifier_unknown: USER_NOT_FOUND,
    credentials_invalid: INCORRECT,
    account_locked: INCORRECT,
    account_unverified: INACTIVE,
    account_disabled: INACTIVE,
    account_gone: USER_NOT_FOUND,
    password_incorrect: incorrectPassword,
    password_absent: incorrectPassword,
    password_weak: weakPassword('new_password'),
    code_invalid: INVALID_TOKEN,
    code_expired: INVALID_TOKEN,
    token_missing: NO_CREDENTIALS,
    token_invalid: ({ facts }) => (facts.isDisabled === true ? INACTIVE : BAD_CREDENTIALS),
    token_expired: 'by category',
    token_wrong_kind: 'by category',
    totp_invalid: 'by category',
    throttled: 'by category',
    overloaded: 'by category',
    messages_unavailable: 'by category',
    storage_unavailable: 'by category',
  },
  http: {
    not_found: detail(404, 'Not Found'),
    method_not_allowed: detail(405, 'Method Not Allowed'),
    malformed: detail(400, 'Bad Request'),
    too_large: detail(413, 'Request Entity Too Large'),
    unsupported_media_type: notADict,
    internal_error: detail(500, 'Internal Server Error'),
  },
};

/** Where one endpoint says it differently: the document says "taken" in three ways. */
export const signUpRefusals = {
  identifier_taken: (error: AuthError) =>
    detail(400, `The user with this ${whatIsTaken(error)} already exists in the system`),
  password_weak: weakPassword('password'),
};
export const creationRefusals = {
  identifier_taken: (error: AuthError) =>
    detail(400, `The user with this ${whatIsTaken(error)} already exists in the system.`),
  password_weak: weakPassword('password'),
};
export const updateRefusals = { password_weak: weakPassword('password') };
