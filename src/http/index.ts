/**
 * HTTP as all contracts need it: the server, mounting, bodies, bearer tokens, who the client is. Owns Fastify;
 * must not know any contract's words, nor any flow.
 */
export { readBearer } from './bearer.ts';
export { clientOf, isFrom } from './client.ts';
export {
  type Answer,
  AnswerError,
  type HttpMethod,
  isRouted,
  type Mount,
  type Route,
  type RoutedMount,
} from './contract.ts';
export {
  authErrorResponse,
  type ErrorResponse,
  type ErrorResponses,
  type HttpErrorContext,
  type HttpErrorKind,
  httpErrorResponse,
  MalformedBody,
} from './errors.ts';
export { formBodies, parseForm, parseMultipart } from './form-body.ts';
export { accountHeaders, forwardAuthMounts } from './forward-auth.ts';
export { Health, type HealthReport } from './health.ts';
export { jsonBodies, parseJson } from './json-body.ts';
export { retryAfter, send } from './mount.ts';
export { rawBodies } from './raw-body.ts';
export type { RawContext, RawHandler, RawMount } from './raw-mount.ts';
export { createServer, type HttpSettings, MountConflict } from './server.ts';
