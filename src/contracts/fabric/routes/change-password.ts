import type { Route } from '../../../http/index.ts';
import { passwordChangeBody } from '../bodies.ts';
import { assertSamePassword, passwordChangeRefusals } from '../errors.ts';
import type { Fabric } from '../fabric.ts';
import { authenticated, permitForAccount } from '../requests.ts';
import { readBody } from '../validation.ts';

export const changePassword = (fabric: Fabric): Route => ({
  method: 'POST',
  path: '/api/v1/auth/password/change',
  refusals: passwordChangeRefusals,
  async handle(request) {
    const live = await authenticated(fabric, request);
    const permit = await permitForAccount(fabric, request, {
      kind: 'sign_in',
      purpose: 'password_change',
      live,
    });
    const body = readBody(passwordChangeBody, request.body);
    assertSamePassword(body);
    const { old_password: currentPassword, new_password: newPassword } = body;
    await fabric.auth.changePassword({ permit, live, currentPassword, newPassword });
    return { message: 'Password has been changed successfully.' };
  },
});
