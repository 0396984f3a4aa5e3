import { type Answer, AnswerError } from '../../http/index.ts';
import type { ContractErrors } from '../contract.ts';
import type { Flow } from './notes.ts';

/** Every response of this contract that is not a success. */

const text = (status: number, error: string): Answer => ({ status, body: { error } });

const BAD_REQUEST = text(400, 'Bad request');
const WRONG_CREDENTIALS = text(406, 'Invalid username or password');
const EXPIRED_TOKEN = text(403, 'Expired token');

/** What is wrong with a request is never told in more words. */
export const badRequest = (): AnswerError => new AnswerError(BAD_REQUEST);

export const alreadyLoggedIn = (): AnswerError => new AnswerError(text(400, 'Already logged in'));

export const errors: ContractErrors<Flow> = {
  categories: {
    invalid: BAD_REQUEST,
    unauthenticated: BAD_REQUEST,
    forbidden: BAD_REQUEST,
    not_found: BAD_REQUEST,
    conflict: BAD_REQUEST,
    rate_limited: text(429, 'Too many requests.'),
    unavailable: text(503, 'Service temporarily unavailable.'),
    expired: EXPIRED_TOKEN,
  },
  codes: {
    identifier_invalid: 'by category',
    identifier_taken: text(409, 'Unable to signup.'),
    identifier_unknown: WRONG_CREDENTIALS,
    credentials_invalid: WRONG_CREDENTIALS,
    account_locked: WRONG_CREDENTIALS,
    account_unverified: text(406, 'Please check your email and activate your account.'),
    account_disabled: text(406, 'This account is suspended.'),
    account_gone: EXPIRED_TOKEN,
    password_absent: WRONG_CREDENTIALS,
    password_weak: 'by category',
    token_missing: 'by category',
    token_invalid: 'by category',
    token_expired: EXPIRED_TOKEN,
    token_wrong_kind: 'by category',
    totp_invalid: 'by category',
    refresh_refused: text(406, 'Expired token'),
    throttled: 'by category',
    overloaded: 'by category',
    messages_unavailable: 'by category',
    storage_unavailable: 'by category',
  },
  http: {
    not_found: text(404, 'method_not_found'),
    method_not_allowed: BAD_REQUEST,
    malformed: BAD_REQUEST,
    too_large: text(413, 'Request too large.'),
    unsupported_media_type: BAD_REQUEST,
    internal_error: text(500, 'Internal server error.'),
  },
};

/** Where one endpoint says it differently. */
export const refreshRefusals = {
  token_invalid: text(406, 'Invalid request'),
  token_expired: text(406, 'Expired token'),
};
