import { parseLogin } from '../../../core/account/index.ts';
import type { Route } from '../../../http/index.ts';
import { loginBody } from '../bodies.ts';
import { loginRefusals } from '../errors.ts';
import type { Fabric } from '../fabric.ts';
import { presentTokens } from '../presenter.ts';
import { permitFor } from '../requests.ts';
import { readBody } from '../validation.ts';

export const login = (fabric: Fabric): Route => ({
  method: 'POST',
  path: '/api/v1/auth/login/basic',
  refusals: loginRefusals,
  async handle(request) {
    const permit = await permitFor(fabric, request, { kind: 'sign_in', purpose: 'sign_in' });
    const { identifier: typed, password } = readBody(loginBody, request.body);
    const identifier = parseLogin(typed);
    return presentTokens(await fabric.auth.signIn({ permit, identifier, password }));
  },
});
