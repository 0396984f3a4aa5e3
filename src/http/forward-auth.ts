import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../core/account/index.ts';
import { AuthError } from '../core/errors.ts';
import type { AuthenticatedSession } from '../core/session/index.ts';
import type { Mount, Route, WireErrors } from './contract.ts';

/** Everything that a header can carry as it is; `%` is what the rest is written with. */
const PLAIN = /[^\x21-\x24\x26-\x7e]+/gu;

/** UTF-8, percent-encoded wherever it is not printable ASCII: `decodeURIComponent` reads it back. */
const inHeader = (value: string | null): string => (value ?? '').replace(PLAIN, encodeURIComponent);

/** Always all four: a header that were left out could be one that the client had sent. */
export function accountHeaders({ id, number, username, email }: Account): Record<string, string> {
  return {
    'x-auth-account-id': id,
    'x-auth-account-number': String(number),
    'x-auth-username': inHeader(username),
    'x-auth-email': inHeader(email),
  };
}

/**
 * Proxies pass on 401 and 403 and take every other refusal for a fault of ours, so whatever else a contract answers
 * about an account that is not let in is here its answer to a token that is not good.
 */
function asProxiesKnowIt(error: unknown, errors: WireErrors): unknown {
  if (!(error instanceof AuthError)) return error;
  const keepsOut = (refusal: AuthError) => [401, 403].includes(errors.refuse(refusal, {}).status);
  const { status } = errors.refuse(error, {});
  if (keepsOut(error) || status === 429 || status >= 500) return error;
  // A contract may have a 400 for what is no token; all have a 401 or 403 for one that is over.
  const invalid = new AuthError('token_invalid', { reason: error.code, cause: error });
  return keepsOut(invalid) ? invalid : new AuthError('token_expired', { reason: error.code, cause: error });
}

/**
 * `GET /forward-auth/<contract>` for nginx, Traefik and Caddy: whether a request may pass, and whose it is. Speaks
 * in the contract's own words, and reads nothing of the request but what the contract's own routes read.
 */
export function forwardAuthMount(
  { contract, errors }: Mount,
  authenticate: (request: FastifyRequest) => Promise<AuthenticatedSession>,
): Mount {
  const path = `/forward-auth/${contract}`;
  const route: Route = {
    method: 'GET',
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
export function forwardAuthMounts(mounts: readonly Mount[]): Mount[] {
  return mounts.flatMap((mount) =>
    mount.authenticate === undefined ? [] : [forwardAuthMount(mount, mount.authenticate)],
  );
}
