import { parseContact } from '../../../core/account/index.ts';
import type { Route } from '../../../http/index.ts';
import { resetBody } from '../bodies.ts';
import { assertSamePassword, recoveryRefusals } from '../errors.ts';
import type { Fabric } from '../fabric.ts';
import { permitFor } from '../requests.ts';
import { readBody } from '../validation.ts';

export const confirmRecovery = (fabric: Fabric): Route => ({
  method: 'POST',
  path: '/api/v1/auth/password/reset/confirm',
  refusals: recoveryRefusals,
  async handle(request) {
    const permit = await permitFor(fabric, request, { kind: 'confirm', purpose: 'password_recovery' });
    const body = readBody(resetBody, request.body);
    const identifier = parseContact(body.identifier);
    assertSamePassword(body);
    const { code, new_password: newPassword } = body;
    await fabric.auth.confirmRecovery({ permit, identifier, code, newPassword });
    return { message: 'Password has been reset successfully.' };
  },
});
