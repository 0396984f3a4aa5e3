import { AuthError, type AuthErrorCode } from '../../core/errors.ts';
import { type Answer, AnswerError, type HttpFault, retryAfter, type WireErrors } from '../../http/index.ts';
import { type Complaint, failure } from './envelope.ts';

/** Everything that this contract says instead of a success. */

const about = (fieldName: string, messageCode: string): Complaint => ({ fieldName, messageCode });
const asWhole = (status: number, messageCode: string): Answer => failure(status, about('', messageCode));

/** RFC 9110 §11.6.1: a 401 says how to do better. */
function unauthorised(...complaints: readonly Complaint[]): Answer {
  return { ...failure(401, ...complaints), headers: { 'www-authenticate': 'Bearer' } };
}

/** A refusal by the contract's own validation: one item for each field that is missing. */
export function fieldsRequired(fieldNames: readonly string[]): AnswerError {
  return new AnswerError(failure(400, ...fieldNames.map((name) => about(name, 'Required'))));
}

/** A refusal of an authorised request, which is about its two headers and names each that fails. */
export class HeadersRefused extends AuthError {
  readonly answer: Answer;

  constructor(cause: AuthError, complaints: readonly Complaint[]) {
    super(cause.code, { ...cause.facts, cause });
    this.answer = unauthorised(...complaints);
  }
}

const onUsername = (messageCode: string): Answer => failure(400, about('Username', messageCode));
const onAuthorization = (messageCode: string): Answer => unauthorised(about('Authorization', messageCode));

const incorrect = onUsername('Username_Or_Password_Incorrect');
const noSession = onAuthorization('Invalid');
const unavailable = asWhole(503, 'Unavailable');
const serverError = asWhole(500, 'Server_Error');

const refusals: Record<AuthErrorCode, Answer> = {
  identifier_invalid: incorrect,
  identifier_unknown: incorrect,
  credentials_invalid: incorrect,
  account_locked: onUsername('Account_Locked'),
  account_disabled: onUsername('Account_Suppressed'),
  account_unverified: onUsername('Account_Not_Verified'),
  account_gone: noSession,
  token_missing: onAuthorization('Required'),
  token_invalid: noSession,
  token_wrong_kind: noSession,
  token_expired: onAuthorization('Expired'),
  totp_invalid: unauthorised(about('otp', 'Invalid')),
  refresh_refused: failure(400, about('RefreshToken', 'Invalid')),
  throttled: asWhole(429, 'Too_Many_Requests'),
  overloaded: unavailable,
  messages_unavailable: unavailable,
  storage_unavailable: unavailable,
  // No endpoint of this contract signs anybody up, sends a code or sets a password.
  permission_denied: serverError,
  identifier_taken: serverError,
  already_verified: serverError,
  password_incorrect: serverError,
  password_absent: serverError,
  password_weak: serverError,
  code_invalid: serverError,
  code_expired: serverError,
};

/** Where a token is a field and not a header. */
export const refreshRefusals = {
  token_invalid: refusals.refresh_refused,
  token_wrong_kind: refusals.refresh_refused,
  token_expired: failure(400, about('RefreshToken', 'Expired')),
};

const faults: Record<HttpFault, Answer> = {
  not_found: asWhole(404, 'Not_Found'),
  method_not_allowed: asWhole(405, 'Method_Not_Allowed'),
  malformed: asWhole(400, 'Malformed'),
  too_large: asWhole(413, 'Too_Large'),
  unsupported_media_type: asWhole(415, 'Unsupported_Media_Type'),
  unexpected: serverError,
};

export const errors: WireErrors = {
  refuse(error) {
    if (error instanceof HeadersRefused) return error.answer;
    const answer = refusals[error.code];
    // Told here in so many words, so that the header gives nothing away; the mount adds it to 429 and 503 only.
    if (error.code !== 'account_locked') return answer;
    return {
      ...answer,
      headers: { ...answer.headers, 'retry-after': retryAfter(error.facts.retryAfterMs ?? 0) },
    };
  },
  fault: (fault) => faults[fault],
};
