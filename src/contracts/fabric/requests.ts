import type { FastifyRequest } from 'fastify';
import type { AuthenticatedSession } from '../../core/session/index.ts';
import type { Permit, ThrottledKind } from '../../core/throttle/index.ts';
import { clientOf, readBearer } from '../../http/index.ts';
import type { Fabric } from './fabric.ts';

/** A field of a body that nobody has validated yet: limits come before validation. */
function rawField(body: unknown, name: string): unknown {
  const isObject = typeof body === 'object' && body !== null;
  return isObject && Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : '';
}

/** Counts a request against the limits of its address and its identifier. */
export async function permitFor<Kind extends ThrottledKind>(
  { throttle }: Fabric,
  request: FastifyRequest,
  { kind, purpose, field = 'identifier' }: { kind: Kind; purpose: string; field?: string },
): Promise<Permit<Kind>> {
  const permit = await throttle.permitAddress(kind, clientOf(request));
  return throttle.permitIdentifier(permit, { purpose, identifier: rawField(request.body, field) });
}

/** Counts a request of somebody who is signed in: the account is its identifier. */
export async function permitForAccount<Kind extends ThrottledKind>(
  { throttle }: Fabric,
  request: FastifyRequest,
  { kind, purpose, live }: { kind: Kind; purpose: string; live: AuthenticatedSession },
): Promise<Permit<Kind>> {
  const permit = await throttle.permitAddress(kind, clientOf(request));
  return throttle.permitIdentifier(permit, { purpose, identifier: live.account.id });
}

/** Who sent the request. */
export function authenticated({ auth }: Fabric, request: FastifyRequest): Promise<AuthenticatedSession> {
  return auth.authenticate({ token: readBearer(request.raw) });
}
