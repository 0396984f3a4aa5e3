import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../core/account/index.ts';
import { AuthError } from '../core/errors.ts';
import type { AuthenticatedSession } from '../core/session/index.ts';
import { isRouted, type Mount, type Route, type RoutedMount } from './contract.ts';
import { authErrorResponse, type ErrorResponses } from './errors.ts';

/** Everything that a header can carry as it is; `%` is what the rest is written with. */
const PLAIN = /[^\x21-\x24\x26-\x7e]+/gu;

/** UTF-8, percent-encoded wherever it is not printable ASCII: `decodeURIComponent` reads it back. */
const inHeader = (value: string | null): string => (value ?? '').replace(PLAIN, encodeURIComponent);

/**
 * The account as headers. Always all six: in the place of one that is missing, the service could get the client's own. An
 * e-mail address that its owner has not proved is left empty, because services grant rights by the domain of an address.
 */
export function accountHeaders(account: Account): Record<string, string> {
  const { id, number, username, email, emailVerifiedAt, isSuperuser, isStaff } = account;
  const isVerified = email !== null && emailVerifiedAt !== null;
  const roles = [isSuperuser && 'superuser', isStaff && 'staff'].filter((role) => role !== false);
  return {
    'x-auth-account-id': id,
    'x-auth-account-number': String(number),
    'x-auth-username': inHeader(username),
    'x-auth-email': isVerified ? inHeader(email) : '',
    'x-auth-email-verified': String(isVerified),
    'x-auth-roles': roles.join(','),
  };
}

const FORWARDED_PATH = /^(\/forward-auth\/[^/?#]+)\/.*$/s;

/** A URL without the path that a proxy such as Envoy appends to that of its authorization service. */
export const withoutForwardedPath = (url: string): string => url.replace(FORWARDED_PATH, '$1');

/**
 * Proxies pass on 401 and 403 and take every other refusal for an error of the server, so whatever else a contract answers
 * about an account that is not let in is here its answer to a token that is not good.
 */
function asProxiesKnowIt(error: unknown, errors: ErrorResponses): unknown {
  if (!(error instanceof AuthError)) return error;
  const keepsOut = (refusal: AuthError) => [401, 403].includes(authErrorResponse(errors, refusal).status);
  const { status } = authErrorResponse(errors, error);
  if (keepsOut(error) || status === 429 || status >= 500) return error;
  // A contract may have a 400 for what is no token; all have a 401 or 403 for one that is over.
  const invalid = new AuthError('token_invalid', { reason: error.code, cause: error });
  return keepsOut(invalid) ? invalid : new AuthError('token_expired', { reason: error.code, cause: error });
}

/**
 * `/forward-auth/<contract>` for nginx, Traefik, Caddy and Envoy: whether a request may pass, and which account sent it.
 * Method, path below and body are those of the request that the proxy forwards, and are not looked at. Refuses in the
 * contract's own words.
 */
export function forwardAuthMount(
  { contract, errors }: RoutedMount,
  authenticate: (request: FastifyRequest) => Promise<AuthenticatedSession>,
): RoutedMount {
  const path = `/forward-auth/${contract}`;
  const route: Route = {
    method: 'GET',
    takesAnyMethod: true,
    path,
    async handle(request: FastifyRequest, reply: FastifyReply) {
      try {
        const { account } = await authenticate(request);
        return reply.headers(accountHeaders(account)).send();
      } catch (error) {
        throw asProxiesKnowIt(error, errors);
      }
    },
  };
  return { contract, prefixes: [path], errors, routes: [route], bodies: () => {} };
}

/** One for each contract that says how its requests are authenticated. */
export function forwardAuthMounts(mounts: readonly Mount[]): RoutedMount[] {
  return mounts
    .filter(isRouted)
    .flatMap((mount) =>
      mount.authenticate === undefined ? [] : [forwardAuthMount(mount, mount.authenticate)],
    );
}
