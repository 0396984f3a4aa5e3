import type { AuthError, AuthErrorCode, PasswordRule } from '../../core/errors.ts';
import { type Answer, AnswerError, type HttpFault, type WireErrors } from '../../http/index.ts';

/** Everything that this contract says instead of a success. */

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

/** A route says `names` where its fields differ from these. */
const usual = { identifier: 'identifier', newPassword: 'password', currentPassword: 'current_password' };

type Refusal = (error: AuthError, names: typeof usual) => Answer;

const refusals: Record<AuthErrorCode, Refusal> = {
  identifier_invalid: ({ facts }, { identifier }) =>
    fields(400, '4001', {
      [identifier]: `enter a valid ${facts.kind === 'phone' ? 'phone number' : 'email address'}.`,
    }),
  identifier_taken: () => fields(409, '4002', { non_field_error: REFUSED }),
  identifier_unknown: () => fields(404, '4003', { non_field_error: REFUSED }),
  already_verified: () => fields(400, '4004', { non_field_error: REFUSED }),
  credentials_invalid: () => unauthorised(fields(401, '4005', { password: 'incorrect password.' })),
  account_locked: () => text(429, 'Too many failed login attempts. Please try again later.'),
  account_unverified: () =>
    fields(400, '4006', {
      non_field_error: 'account is not verified. Complete signup process or login via passwordless method',
    }),
  account_disabled: () => unauthorised(fields(401, '4009', { non_field_error: 'account is not active.' })),
  permission_denied: () => text(403, 'You do not have permission to perform this action.'),
  account_gone: () => text(404, 'User not found'),
  password_incorrect: (_error, { currentPassword }) =>
    fields(400, '4005', { [currentPassword]: 'incorrect password.' }),
  password_absent: () =>
    fields(400, '4008', {
      non_field_error: 'passwordless account. please change or reset password.',
    }),
  password_weak: ({ facts }, { newPassword }) => {
    const broken = facts.rules ?? ['too_short'];
    const messages = broken.map((rule) => texts[rule][1]).join(' ');
    return fields(400, texts[facts.rule ?? 'too_short'][0], { [newPassword]: messages });
  },
  code_invalid: () => fields(400, '4010', { code: 'invalid otp' }),
  code_expired: () => fields(400, '4011', { code: 'otp has expired.' }),
  token_missing: () => unauthorised(text(401, 'Authentication credentials were not provided.')),
  token_invalid: () => unauthorised(text(401, 'Invalid token.')),
  token_expired: () => unauthorised(text(401, 'Token has expired.')),
  token_wrong_kind: () => unauthorised(text(401, 'Invalid token type. Only access tokens are allowed')),
  refresh_refused: () => unauthorised(text(401, 'Token has expired.')),
  // Not demanded at this door.
  totp_invalid: () => unauthorised(text(401, 'Invalid token.')),
  throttled: (error) =>
    text(429, `Request limit exceeded. Please try again after ${seconds(error)} seconds.`),
  overloaded: () => text(503, UNAVAILABLE),
  messages_unavailable: () => text(503, UNAVAILABLE),
  storage_unavailable: () => text(503, UNAVAILABLE),
};

/** Where one endpoint says it differently. */
export const loginRefusals = {
  identifier_unknown: fields(404, '4005', { identifier: 'incorrect identifier.' }),
};
export const refreshRefusals = { token_invalid: text(400, 'Invalid token.') };
export const passwordChangeRefusals = {
  password_incorrect: fields(400, '4005', { old_password: 'old password is incorrect.' }),
};
export const emailChangeRefusals = {
  identifier_taken: fields(409, '4002', { new_email: REFUSED }),
};

function fault(kind: HttpFault, { method, contentType }: { method: string; contentType: string }): Answer {
  switch (kind) {
    case 'not_found':
      return text(404, 'Not found.');
    case 'method_not_allowed':
      return text(405, `Method "${method}" not allowed.`);
    case 'malformed':
      return text(400, 'JSON parse error');
    case 'too_large':
      return text(413, 'Request body is too large.');
    case 'unsupported_media_type':
      return text(415, `Unsupported media type "${contentType}" in request.`);
    case 'unexpected':
      return text(500, 'Internal server error.');
  }
}

export const errors: WireErrors = {
  refuse: (error, names) => refusals[error.code](error, { ...usual, ...names }),
  fault,
};
