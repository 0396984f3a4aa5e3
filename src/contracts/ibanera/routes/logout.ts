import { clientOf, type Route } from '../../../http/index.ts';
import { success } from '../envelope.ts';
import { readFields } from '../fields.ts';
import type { Ibanera } from '../ibanera.ts';
import { authenticated } from '../requests.ts';

export const logout = (ibanera: Ibanera): Route => ({
  method: 'POST',
  path: '/api/v1/private/auth/logout',
  async handle(request) {
    // Reads none; but what is no object is malformed on every endpoint.
    readFields(request.body);
    const live = await authenticated(ibanera, request);
    await ibanera.auth.signOut({ live, client: clientOf(request) });
    return success({});
  },
});
