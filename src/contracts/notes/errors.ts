import type { AuthErrorCode } from '../../core/errors.ts';
import { type Answer, AnswerError, type HttpFault, type WireErrors } from '../../http/index.ts';

/** Everything that this contract says instead of a success. */

const text = (status: number, error: string): Answer => ({ status, body: { error } });

const BAD_REQUEST = text(400, 'Bad request');
const WRONG_CREDENTIALS = text(406, 'Invalid username or password');
const UNAVAILABLE = text(503, 'Service temporarily unavailable.');

/** What is wrong with a request is never told in more words. */
export const badRequest = (): AnswerError => new AnswerError(BAD_REQUEST);

export const alreadyLoggedIn = (): AnswerError => new AnswerError(text(400, 'Already logged in'));

const refusals: Record<AuthErrorCode, Answer> = {
  identifier_invalid: BAD_REQUEST,
  identifier_taken: text(409, 'Unable to signup.'),
  identifier_unknown: WRONG_CREDENTIALS,
  already_verified: BAD_REQUEST,
  credentials_invalid: WRONG_CREDENTIALS,
  account_locked: WRONG_CREDENTIALS,
  account_unverified: text(406, 'Please check your email and activate your account.'),
  account_disabled: text(406, 'This account is suspended.'),
  permission_denied: BAD_REQUEST,
  account_gone: text(403, 'Expired token'),
  password_incorrect: WRONG_CREDENTIALS,
  password_absent: WRONG_CREDENTIALS,
  password_weak: BAD_REQUEST,
  code_invalid: BAD_REQUEST,
  code_expired: BAD_REQUEST,
  token_missing: BAD_REQUEST,
  token_invalid: BAD_REQUEST,
  token_expired: text(403, 'Expired token'),
  token_wrong_kind: BAD_REQUEST,
  totp_invalid: BAD_REQUEST,
  refresh_refused: text(406, 'Expired token'),
  throttled: text(429, 'Too many requests.'),
  overloaded: UNAVAILABLE,
  messages_unavailable: UNAVAILABLE,
  storage_unavailable: UNAVAILABLE,
};

/** Where one endpoint says it differently. */
export const refreshRefusals = {
  token_invalid: text(406, 'Invalid request'),
  token_expired: text(406, 'Expired token'),
};

const faults: Record<HttpFault, Answer> = {
  not_found: text(404, 'method_not_found'),
  method_not_allowed: BAD_REQUEST,
  malformed: BAD_REQUEST,
  too_large: text(413, 'Request too large.'),
  unsupported_media_type: BAD_REQUEST,
  unexpected: text(500, 'Internal server error.'),
};

export const errors: WireErrors = {
  refuse: ({ code }) => refusals[code],
  fault: (fault) => faults[fault],
};
