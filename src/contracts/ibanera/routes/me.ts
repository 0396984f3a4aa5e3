import type { Route } from '../../../http/index.ts';
import type { Ibanera } from '../ibanera.ts';
import { presentMe } from '../presenter.ts';
import { authenticated } from '../requests.ts';

export const me = (ibanera: Ibanera): Route => ({
  method: 'GET',
  path: '/api/v1/private/auth/me',
  async handle(request) {
    const { account } = await authenticated(ibanera, request);
    return presentMe(account);
  },
});
