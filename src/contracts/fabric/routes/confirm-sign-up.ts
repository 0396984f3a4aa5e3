import { parseContact } from '../../../core/account/index.ts';
import type { Route } from '../../../http/index.ts';
import { confirmBody } from '../bodies.ts';
import type { Fabric } from '../fabric.ts';
import { permitFor } from '../requests.ts';
import { readBody } from '../validation.ts';

export const confirmSignUp = (fabric: Fabric): Route => ({
  method: 'POST',
  path: '/api/v1/auth/signup/confirm',
  async handle(request) {
    const permit = await permitFor(fabric, request, { kind: 'confirm', purpose: 'sign_up' });
    const { identifier, code } = readBody(confirmBody, request.body);
    await fabric.auth.confirmSignUp({
      permit,
      identifier: parseContact(identifier),
      code,
    });
    return { message: 'Sign up success' };
  },
});
