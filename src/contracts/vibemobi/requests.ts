import type { FastifyRequest } from 'fastify';
import type { ContractActor } from '../../core/admin.ts';
import { AuthError } from '../../core/errors.ts';
import type { AuthenticatedSession } from '../../core/session/index.ts';
import { clientOf, readBearer } from '../../http/index.ts';
import type { VibeMobi } from './vibemobi.ts';

/** The scheme without a token is what FastAPI takes for no credentials at all. */
const EMPTY_BEARER = /^bearer\s*$/i;

function tokenOf(request: FastifyRequest): string {
  if (EMPTY_BEARER.test(request.headers.authorization ?? '')) throw new AuthError('token_missing');
  return readBearer(request.raw);
}

/** Who sent the request. @throws AuthError `token_missing`, `token_invalid`, `token_expired`, `account_gone` */
export function authenticated({ auth }: VibeMobi, request: FastifyRequest): Promise<AuthenticatedSession> {
  return auth.authenticate({ token: tokenOf(request) });
}

/** The same for endpoints of superusers. @throws AuthError `permission_denied` */
export async function superuser(vibemobi: VibeMobi, request: FastifyRequest): Promise<AuthenticatedSession> {
  const live = await authenticated(vibemobi, request);
  if (!live.account.isSuperuser) throw new AuthError('permission_denied').about(live.account.id);
  return live;
}

/** The signed-in account as the actor of what the request asks for. */
export function actorOf(request: FastifyRequest, { account }: AuthenticatedSession): ContractActor {
  return { by: `account:${account.id}`, address: clientOf(request).address };
}
