import { type AuthenticatedSession, type HttpRequest, type Route, readBearer } from 'latchkey/contracts';
import type { Minimal } from './minimal.ts';

/** Who sent the request. */
export function authenticated({ auth }: Minimal, request: HttpRequest): Promise<AuthenticatedSession> {
  return auth.authenticate({ token: readBearer(request.raw) });
}

export const whoami = (minimal: Minimal): Route => ({
  method: 'GET',
  path: '/whoami',
  async handle(request) {
    const { account } = await authenticated(minimal, request);
    return { id: account.id, username: account.username };
  },
});
