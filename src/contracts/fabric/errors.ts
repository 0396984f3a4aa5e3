import type { AuthError, PasswordRule } from '../../core/errors.ts';
import { type Answer, AnswerError } from '../../http/index.ts';
import type { ContractErrors } from '../contract.ts';
import type { Flow } from './fabric.ts';

/** Every response of this contract that is not a success. */

type Detail = Readonly<Record<string, string>>;

function fields(status: number, errorCode: string, detail: Detail): Answer {
  return { status, body: { error_code: errorCode, detail } };
}

function text(status: number, detail: string): Answer {
  return { status, body: { detail } };
}

/** RFC 9110 §11.6.1: a 401 says how to do better. */
function unauthorised(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': 'Bearer' } };
}

/** A refusal by the contract's own validation. */
export function fieldErrors(status: number, errorCode: string, detail: Detail): AnswerError {
  return new AnswerError(fields(status, errorCode, detail));
}

/** @throws the contract's 4007 */
export function assertSamePassword(typed: {
  readonly new_password: string;
  readonly confirm_password: string;
}): void {
  if (typed.new_password === typed.confirm_password) return;
  throw fieldErrors(400, '4007', { new_password: 'passwords do not match.' });
}

const REFUSED = 'request can not be processed.';
const UNAVAILABLE = 'Service temporarily unavailable. Please try again later.';

const texts: Record<PasswordRule, readonly [code: string, text: string]> = {
  unchanged: ['password_unchanged', 'The new password is the old one.'],
  too_short: ['password_too_short', 'This password is too short. It must contain at least 8 characters.'],
  too_long: ['max_length', 'Ensure this field has no more than 1024 characters.'],
  common: ['password_too_common', 'This password is too common.'],
  entirely_numeric: ['password_entirely_numeric', 'This password is entirely numeric.'],
  similar: ['password_too_similar', 'The password is too similar to the identifier.'],
};

const seconds = ({ facts }: AuthError): number => Math.max(1, Math.ceil((facts.retryAfterMs ?? 0) / 1000));

const invalidIdentifier =
  (field: string) =>
  ({ facts }: AuthError): Answer =>
    fields(400, '4001', {
      [field]: `enter a valid ${facts.kind === 'phone' ? 'phone number' : 'email address'}.`,
    });

const weakPassword =
  (field: string) =>
  ({ facts }: AuthError): Answer => {
    const broken = facts.rules ?? ['too_short'];
    const messages = broken.map((rule) => texts[rule][1]).join(' ');
    return fields(400, texts[facts.rule ?? 'too_short'][0], { [field]: messages });
  };

export const errors: ContractErrors<Flow> = {
  categories: {
    invalid: text(400, REFUSED),
    unauthenticated: unauthorised(text(401, 'Invalid token.')),
    forbidden: text(403, 'You do not have permission to perform this action.'),
    not_found: text(404, 'Not found.'),
    conflict: text(409, REFUSED),
    rate_limited: (error) =>
      text(429, `Request limit exceeded. Please try again after ${seconds(error)} seconds.`),
    unavailable: text(503, UNAVAILABLE),
    expired: text(400, REFUSED),
  },
  codes: {
    identifier_invalid: invalidIdentifier('identifier'),
    identifier_taken: fields(409, '4002', { non_field_error: REFUSED }),
    identifier_unknown: fields(404, '4003', { non_field_error: REFUSED }),
    already_verified: fields(400, '4004', { non_field_error: REFUSED }),
    credentials_invalid: unauthorised(fields(401, '4005', { password: 'incorrect password.' })),
    account_locked: text(429, 'Too many failed login attempts. Please try again later.'),
    account_unverified: fields(400, '4006', {
      non_field_error: 'account is not verified. Complete signup process or login via passwordless method',
    }),
    account_disabled: unauthorised(fields(401, '4009', { non_field_error: 'account is not active.' })),
    account_gone: text(404, 'User not found'),
    password_incorrect: fields(400, '4005', { current_password: 'incorrect password.' }),
    password_absent: fields(400, '4008', {
      non_field_error: 'passwordless account. please change or reset password.',
    }),
    password_weak: weakPassword('password'),
    code_invalid: fields(400, '4010', { code: 'invalid otp' }),
    code_expired: fields(400, '4011', { code: 'otp has expired.' }),
    token_missing: unauthorised(text(401, 'Authentication credentials were not provided.')),
    token_invalid: 'by category',
    token_expired: unauthorised(text(401, 'Token has expired.')),
    token_wrong_kind: unauthorised(text(401, 'Invalid token type. Only access tokens are allowed')),
    refresh_refused: unauthorised(text(401, 'Token has expired.')),
    totp_invalid: 'by category',
    throttled: 'by category',
    overloaded: 'by category',
    messages_unavailable: 'by category',
    storage_unavailable: 'by category',
  },
  http: {
    not_found: text(404, 'Not found.'),
    method_not_allowed: ({ method }) => text(405, `Method "${method}" not allowed.`),
    malformed: text(400, 'JSON parse error'),
    too_large: text(413, 'Request body is too large.'),
    unsupported_media_type: ({ contentType }) =>
      text(415, `Unsupported media type "${contentType}" in request.`),
    internal_error: text(500, 'Internal server error.'),
  },
};

/** Where one endpoint says it differently, or has another name for the field. */
export const loginRefusals = {
  identifier_unknown: fields(404, '4005', { identifier: 'incorrect identifier.' }),
};
export const refreshRefusals = { token_invalid: text(400, 'Invalid token.') };
export const recoveryRefusals = { password_weak: weakPassword('new_password') };
export const passwordChangeRefusals = {
  password_incorrect: fields(400, '4005', { old_password: 'old password is incorrect.' }),
  password_weak: weakPassword('new_password'),
};
const newEmailTaken = fields(409, '4002', { new_email: REFUSED });
export const emailChangeRefusals = {
  identifier_invalid: invalidIdentifier('new_email'),
  identifier_taken: newEmailTaken,
};
export const emailConfirmationRefusals = { identifier_taken: newEmailTaken };
