import type { Route } from '../../../http/index.ts';
import { presentUser } from '../presenter.ts';
import { authenticated } from '../requests.ts';
import type { VibeMobi } from '../vibemobi.ts';

export const testToken = (vibemobi: VibeMobi): Route => ({
  method: 'POST',
  path: '/login/test-token',
  async handle(request) {
    const { account } = await authenticated(vibemobi, request);
    return presentUser(account);
  },
});
