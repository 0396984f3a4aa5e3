import type { Answer, AuthErrorCode, HttpFault, WireErrors } from 'latchkey/contracts';

const says = (status: number, error: string): Answer => ({
  status,
  body: { error },
  // RFC 9110 §11.6.1: a 401 says how to do better.
  ...(status === 401 && { headers: { 'www-authenticate': 'Bearer' } }),
});

/** The unknown, the wrong, the locked and the closed look alike. */
const WRONG = says(401, 'wrong username or password');
const BAD_TOKEN = says(401, 'invalid token');
const LATER = says(503, 'try again later');
/** Of things that this contract does not do. */
const NEVER = says(400, 'bad request');

const refusals: Record<AuthErrorCode, Answer> = {
  identifier_invalid: WRONG,
  identifier_taken: NEVER,
  identifier_unknown: WRONG,
  already_verified: NEVER,
  credentials_invalid: WRONG,
  account_locked: WRONG,
  account_unverified: WRONG,
  account_disabled: WRONG,
  permission_denied: NEVER,
  account_gone: BAD_TOKEN,
  password_incorrect: NEVER,
  password_absent: NEVER,
  password_weak: NEVER,
  code_invalid: NEVER,
  code_expired: NEVER,
  token_missing: says(401, 'no token'),
  token_invalid: BAD_TOKEN,
  token_expired: BAD_TOKEN,
  token_wrong_kind: BAD_TOKEN,
  totp_invalid: NEVER,
  refresh_refused: NEVER,
  throttled: says(429, 'too many requests'),
  overloaded: LATER,
  messages_unavailable: LATER,
  storage_unavailable: LATER,
};

const faults: Record<HttpFault, Answer> = {
  not_found: says(404, 'not found'),
  method_not_allowed: says(405, 'method not allowed'),
  malformed: NEVER,
  too_large: says(413, 'too large'),
  unsupported_media_type: says(415, 'send application/json'),
  unexpected: says(500, 'internal error'),
};

export const errors: WireErrors = {
  refuse: ({ code }) => refusals[code],
  fault: (fault) => faults[fault],
};
