import type { FastifyError } from 'fastify';

/** What can go wrong before a contract's code runs, or by a bug of ours. Each contract answers all of them. */
export type HttpFault =
  /** No such path under the mount. */
  | 'not_found'
  /** The path exists, with other methods. */
  | 'method_not_allowed'
  /** The body is not what its content type says: broken JSON, invalid UTF-8, a name twice; or the URL is broken. */
  | 'malformed'
  | 'too_large'
  | 'unsupported_media_type'
  /** A bug. The log knows more. */
  | 'unexpected';

/** A request or body that cannot be read in one way only. */
export class MalformedBody extends Error {
  readonly statusCode = 400;
}

/** A body that nobody here unpacks or decodes. */
export class UnsupportedBody extends Error {
  readonly statusCode = 415;
}

const byCode: Record<string, HttpFault> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'malformed',
};

/** Reads an error that Fastify, a parser or a bug threw. */
export function faultOf(error: unknown): HttpFault {
  if (!(error instanceof Error)) return 'unexpected';
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>;
  if (error instanceof UnsupportedBody) return 'unsupported_media_type';
  const known = byCode[code];
  if (known !== undefined) return known;
  // What is left of Fastify's client errors (a wrong content length, an aborted body) is a broken request.
  return statusCode >= 400 && statusCode < 500 ? 'malformed' : 'unexpected';
}
