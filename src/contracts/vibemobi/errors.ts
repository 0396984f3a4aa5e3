import type { AuthError, AuthErrorCode, PasswordRule } from '../../core/errors.ts';
import type { Answer, HttpFault, WireErrors } from '../../http/index.ts';
import { atLeast, atMost } from './fields.ts';
import { type Complaint, fieldRefusal, notADict } from './validation.ts';

/** Everything that this contract says instead of a success. */

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
const UNAVAILABLE = detail(503, 'Service Unavailable');

export const incorrectPassword = detail(400, 'Incorrect password');

/** The document says "taken" in three ways; a route names its own. */
const taken = {
  signup: (what: string) => detail(400, `The user with this ${what} already exists in the system`),
  creation: (what: string) => detail(400, `The user with this ${what} already exists in the system.`),
  conflict: (what: string) => detail(409, `User with this ${what} already exists`),
};

/** What a route says where it differs. */
const usual = { taken: 'conflict' as keyof typeof taken, newPassword: 'new_password' };

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

const refusals: Record<AuthErrorCode, (error: AuthError, names: typeof usual) => Answer> = {
  identifier_invalid: () => INCORRECT,
  identifier_taken: ({ facts }, names) => taken[names.taken](facts.kind ?? 'email'),
  identifier_unknown: () => detail(404, 'User not found'),
  already_verified: () => INVALID_TOKEN,
  credentials_invalid: () => INCORRECT,
  account_locked: () => INCORRECT,
  account_unverified: () => INACTIVE,
  account_disabled: () => INACTIVE,
  permission_denied: () => detail(403, "The user doesn't have enough privileges"),
  account_gone: () => detail(404, 'User not found'),
  password_incorrect: () => incorrectPassword,
  password_absent: () => incorrectPassword,
  password_weak: ({ facts }, { newPassword }) => {
    const rule = facts.rule ?? 'too_short';
    if (rule === 'unchanged') return detail(400, 'New password cannot be the same as the current one');
    return fieldRefusal(newPassword, weak[rule]);
  },
  code_invalid: () => INVALID_TOKEN,
  code_expired: () => INVALID_TOKEN,
  token_missing: () => NO_CREDENTIALS,
  token_invalid: ({ facts }) => (facts.isDisabled === true ? INACTIVE : BAD_CREDENTIALS),
  token_expired: () => BAD_CREDENTIALS,
  token_wrong_kind: () => BAD_CREDENTIALS,
  totp_invalid: () => BAD_CREDENTIALS,
  refresh_refused: () => BAD_CREDENTIALS,
  throttled: () => detail(429, 'Too Many Requests'),
  overloaded: () => UNAVAILABLE,
  messages_unavailable: () => UNAVAILABLE,
  storage_unavailable: () => UNAVAILABLE,
};

const faults: Record<HttpFault, Answer> = {
  not_found: detail(404, 'Not Found'),
  method_not_allowed: detail(405, 'Method Not Allowed'),
  malformed: detail(400, 'Bad Request'),
  too_large: detail(413, 'Request Entity Too Large'),
  unsupported_media_type: notADict,
  unexpected: detail(500, 'Internal Server Error'),
};

export const errors: WireErrors = {
  refuse: (error, names) => refusals[error.code](error, { ...usual, ...names }),
  fault: (fault) => faults[fault],
};
