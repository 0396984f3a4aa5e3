import type { FastifyError } from 'fastify';
import type { AuthError, AuthErrorCode, ErrorCategory } from '../core/errors.ts';
import type { Answer } from './contract.ts';

/** What is wrong with a request before a contract's code runs, or a bug of ours. Each contract answers all of them. */
export type HttpErrorKind =
  /** No such path under the mount. */
  | 'not_found'
  /** The path exists, with other methods. */
  | 'method_not_allowed'
  /** The body is not what its content type says: broken JSON, invalid UTF-8, a name twice; or the URL is broken. */
  | 'malformed'
  | 'too_large'
  | 'unsupported_media_type'
  /** A bug. The log knows more. */
  | 'internal_error';

/** What the response to an HTTP error may repeat of the request. */
export interface HttpErrorContext {
  readonly method: string;
  /** The content type as it was sent, cut to a length that can be repeated. */
  readonly contentType: string;
}

/** The response to an error of core: always the same one, or made from the error. */
export type ErrorResponse = Answer | ((error: AuthError) => Answer);

/**
 * Every response of a mount that is not a success. `Retry-After` and `Allow` are added by the mount.
 * @template Code the codes that the compiler asks for one by one: those that the mount's contract can meet
 */
export interface ErrorResponses<Code extends AuthErrorCode = never> {
  /** To every error whose code has no response below. */
  readonly categories: Readonly<Record<ErrorCategory, ErrorResponse>>;
  /** What the contract's document says of each code; `by category` where it says nothing of its own. */
  readonly codes: Readonly<Record<Code, ErrorResponse | 'by category'>>;
  /** To errors of HTTP. */
  readonly http: Readonly<Record<HttpErrorKind, Answer | ((context: HttpErrorContext) => Answer)>>;
}

type CodeResponses = Readonly<Partial<Record<AuthErrorCode, ErrorResponse | 'by category'>>>;

/**
 * The response to an error of core: of its code, or else of its category.
 * @param ofRoute what the route answers differently from the rest of its mount
 */
export function authErrorResponse(
  { codes, categories }: ErrorResponses,
  error: AuthError,
  ofRoute: CodeResponses = {},
): Answer {
  const ofMount: CodeResponses = codes;
  const own = ofRoute[error.code] ?? ofMount[error.code] ?? 'by category';
  const response = own === 'by category' ? categories[error.category] : own;
  return typeof response === 'function' ? response(error) : response;
}

/** The response to an error of HTTP. */
export function httpErrorResponse(
  { http }: ErrorResponses,
  kind: HttpErrorKind,
  context: HttpErrorContext,
): Answer {
  const response = http[kind];
  return typeof response === 'function' ? response(context) : response;
}

/** A request or body that cannot be read in one way only. */
export class MalformedBody extends Error {
  readonly statusCode = 400;
}

/** A body that nobody here unpacks or decodes. */
export class UnsupportedBody extends Error {
  readonly statusCode = 415;
}

const byCode: Record<string, HttpErrorKind> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'malformed',
};

/** Reads an error that Fastify, a parser or a bug threw. */
export function httpErrorKind(error: unknown): HttpErrorKind {
  if (!(error instanceof Error)) return 'internal_error';
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>;
  if (error instanceof UnsupportedBody) return 'unsupported_media_type';
  const known = byCode[code];
  if (known !== undefined) return known;
  // What is left of Fastify's client errors (a wrong content length, an aborted body) is a broken request.
  return statusCode >= 400 && statusCode < 500 ? 'malformed' : 'internal_error';
}
