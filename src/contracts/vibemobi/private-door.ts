import type { FastifyRequest } from 'fastify';
import type { ContractActor } from '../../core/admin.ts';
import { AuthError } from '../../core/errors.ts';
import { AnswerError, clientOf, isFrom, readBearer } from '../../http/index.ts';
import { detail } from './errors.ts';
import { authenticated } from './requests.ts';
import type { VibeMobi } from './vibemobi.ts';

/** Who came through the private door, by the name that stands in the audit trail. */
export type TrustedSystem = (request: FastifyRequest) => Promise<ContractActor['by']>;

/**
 * Lets in who is in a trusted network and shows a key or a superuser's token. The network alone is never enough,
 * unless an operator opened the door to this machine (`LATCHKEY_PRIVATE_AUTH=open`).
 *
 * Throws AnswerError 403, AuthError `token_missing`, `token_invalid`, `permission_denied`.
 */
export function privateDoor(vibemobi: VibeMobi): TrustedSystem {
  const { auth, networks, nameOf } = vibemobi.trustedSystems;

  /** What can be no token is no key either; how that is told is for whoever reads tokens. */
  function keyIn({ raw }: FastifyRequest): string | undefined {
    try {
      return nameOf(readBearer(raw));
    } catch {
      return undefined;
    }
  }

  return async (request) => {
    if (!isFrom(clientOf(request), networks)) throw new AnswerError(detail(403, 'Forbidden'));
    if (auth === 'open') return 'open';
    const name = keyIn(request);
    if (name !== undefined) return `key:${name}`;
    const { account } = await authenticated(vibemobi, request);
    if (!account.isSuperuser) throw new AuthError('permission_denied').about(account.id);
    return `account:${account.id}`;
  };
}
