import { parseContact } from '../../../core/account/index.ts';
import type { Route } from '../../../http/index.ts';
import { confirmBody } from '../bodies.ts';
import type { Fabric } from '../fabric.ts';
import { presentTokens } from '../presenter.ts';
import { permitFor } from '../requests.ts';
import { readBody } from '../validation.ts';

export const confirmSignIn = (fabric: Fabric): Route => ({
  method: 'POST',
  path: '/api/v1/auth/login/passwordless/confirm',
  async handle(request) {
    const permit = await permitFor(fabric, request, { kind: 'confirm', purpose: 'sign_in' });
    const { identifier, code } = readBody(confirmBody, request.body);
    const answer = { permit, identifier: parseContact(identifier), code };
    return presentTokens(await fabric.auth.confirmSignIn(answer));
  },
});
