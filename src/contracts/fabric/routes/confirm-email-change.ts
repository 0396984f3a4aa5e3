import { parseIdentifier } from '../../../core/account/index.ts';
import type { Route } from '../../../http/index.ts';
import { confirmBody } from '../bodies.ts';
import { emailConfirmationRefusals } from '../errors.ts';
import type { Fabric } from '../fabric.ts';
import { permitFor } from '../requests.ts';
import { readBody } from '../validation.ts';

export const confirmEmailChange = (fabric: Fabric): Route => ({
  method: 'POST',
  path: '/api/v1/auth/email/change/confirm',
  refusals: emailConfirmationRefusals,
  async handle(request) {
    const permit = await permitFor(fabric, request, { kind: 'confirm', purpose: 'email_change' });
    const body = readBody(confirmBody, request.body);
    const identifier = parseIdentifier('email', body.identifier);
    await fabric.auth.confirmEmailChange({ permit, identifier, code: body.code });
    return { message: 'Email has been changed successfully.' };
  },
});
