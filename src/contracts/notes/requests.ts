import type { FastifyRequest } from 'fastify';
import { AuthError, type AuthErrorCode } from '../../core/errors.ts';
import type { AuthenticatedSession } from '../../core/session/index.ts';
import { readBearer } from '../../http/index.ts';
import type { Notes } from './notes.ts';

/** Reasons why nobody is signed in, as opposed to why nobody can tell. */
const NOT_SIGNED_IN: ReadonlySet<AuthErrorCode> = new Set([
  'token_missing',
  'token_invalid',
  'token_expired',
  'token_wrong_kind',
  'account_gone',
]);

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
    if (error instanceof AuthError && NOT_SIGNED_IN.has(error.code)) return false;
    throw error;
  }
}
