import type { FastifyRequest } from 'fastify';
import { AuthError } from '../../core/errors.ts';
import type { AuthenticatedSession } from '../../core/session/index.ts';
import { readBearer } from '../../http/index.ts';
import type { Notes } from './notes.ts';

/** Who sent the request. */
export function authenticated({ auth }: Notes, request: FastifyRequest): Promise<AuthenticatedSession> {
  const token = readBearer(request.raw);
  return auth.authenticate({ token });
}

/** Whether a token that works came along; one that does not is nobody's business. */
export async function isSignedIn(notes: Notes, request: FastifyRequest): Promise<boolean> {
  try {
    await authenticated(notes, request);
    return true;
  } catch (error) {
    const isNobody =
      error instanceof AuthError && (error.category === 'unauthenticated' || error.code === 'account_gone');
    if (isNobody) return false;
    throw error;
  }
}
