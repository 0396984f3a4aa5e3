import type { Answer, ContractErrors } from 'latchkey/contracts';
import type { Flow } from './minimal.ts';

const says = (status: number, error: string): Answer => ({
  status,
  body: { error },
  // RFC 9110 §11.6.1: a 401 says how to do better.
  ...(status === 401 && { headers: { 'www-authenticate': 'Bearer' } }),
});

/** The unknown, the wrong, the locked and the closed look alike. */
const WRONG = says(401, 'wrong username or password');
const BAD_TOKEN = says(401, 'invalid token');
const BAD_REQUEST = says(400, 'bad request');
const NOT_FOUND = says(404, 'not found');

export const errors: ContractErrors<Flow> = {
  categories: {
    invalid: BAD_REQUEST,
    unauthenticated: BAD_TOKEN,
    forbidden: says(403, 'not allowed'),
    not_found: NOT_FOUND,
    conflict: says(409, 'conflict'),
    rate_limited: says(429, 'too many requests'),
    unavailable: says(503, 'try again later'),
    expired: BAD_REQUEST,
  },
  codes: {
    identifier_invalid: WRONG,
    identifier_unknown: WRONG,
    credentials_invalid: WRONG,
    password_absent: WRONG,
    account_locked: WRONG,
    account_unverified: WRONG,
    account_disabled: WRONG,
    account_gone: BAD_TOKEN,
    token_missing: says(401, 'no token'),
    token_invalid: 'by category',
    token_expired: 'by category',
    token_wrong_kind: 'by category',
    totp_invalid: 'by category',
    throttled: 'by category',
    overloaded: 'by category',
    storage_unavailable: 'by category',
  },
  http: {
    not_found: NOT_FOUND,
    method_not_allowed: says(405, 'method not allowed'),
    malformed: BAD_REQUEST,
    too_large: says(413, 'too large'),
    unsupported_media_type: says(415, 'send application/json'),
    internal_error: says(500, 'internal error'),
  },
};
