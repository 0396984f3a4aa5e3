import { AuthError } from '../../core/errors.ts';
import { type Answer, AnswerError, type ErrorResponse, retryAfter } from '../../http/index.ts';
import type { ContractErrors } from '../contract.ts';
import { type Complaint, failure } from './envelope.ts';
import type { Flow } from './ibanera.ts';

/** Every response of this contract that is not a success. */

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

/** The answer of an authorised request where it names the headers that fail; elsewhere the one given. */
const unlessHeaders =
  (otherwise: Answer): ErrorResponse =>
  (error) =>
    error instanceof HeadersRefused ? error.answer : otherwise;
const onAuthorization = (messageCode: string): ErrorResponse =>
  unlessHeaders(unauthorised(about('Authorization', messageCode)));

const INCORRECT = onUsername('Username_Or_Password_Incorrect');
const MALFORMED = asWhole(400, 'Malformed');
const NOT_FOUND = asWhole(404, 'Not_Found');
const REFRESH_REFUSED = failure(400, about('RefreshToken', 'Invalid'));

/** Told here in so many words, so that the header gives nothing away; the mount adds it to 429 and 503 only. */
const locked: ErrorResponse = ({ facts }) => ({
  ...onUsername('Account_Locked'),
  headers: { 'retry-after': retryAfter(facts.retryAfterMs ?? 0) },
});

export const errors: ContractErrors<Flow> = {
  categories: {
    invalid: MALFORMED,
    unauthenticated: onAuthorization('Invalid'),
    forbidden: onUsername('Account_Suppressed'),
    not_found: NOT_FOUND,
    conflict: MALFORMED,
    rate_limited: asWhole(429, 'Too_Many_Requests'),
    unavailable: asWhole(503, 'Unavailable'),
    expired: MALFORMED,
  },
  codes: {
    identifier_invalid: INCORRECT,
    identifier_unknown: INCORRECT,
    credentials_invalid: INCORRECT,
    password_absent: INCORRECT,
    account_locked: locked,
    account_disabled: 'by category',
    account_unverified: onUsername('Account_Not_Verified'),
    account_gone: onAuthorization('Invalid'),
    token_missing: onAuthorization('Required'),
    token_invalid: 'by category',
    token_wrong_kind: 'by category',
    token_expired: onAuthorization('Expired'),
    totp_invalid: unlessHeaders(unauthorised(about('otp', 'Invalid'))),
    refresh_refused: REFRESH_REFUSED,
    throttled: 'by category',
    overloaded: 'by category',
    storage_unavailable: 'by category',
  },
  http: {
    not_found: NOT_FOUND,
    method_not_allowed: asWhole(405, 'Method_Not_Allowed'),
    malformed: MALFORMED,
    too_large: asWhole(413, 'Too_Large'),
    unsupported_media_type: asWhole(415, 'Unsupported_Media_Type'),
    internal_error: asWhole(500, 'Server_Error'),
  },
};

/** Where a token is a field and not a header. */
export const refreshRefusals = {
  token_invalid: REFRESH_REFUSED,
  token_wrong_kind: REFRESH_REFUSED,
  token_expired: failure(400, about('RefreshToken', 'Expired')),
};
