import { parseIdentifier } from '../../../core/account/index.ts';
import type { Route } from '../../../http/index.ts';
import { emailChangeBody } from '../bodies.ts';
import { emailChangeRefusals } from '../errors.ts';
import type { Fabric } from '../fabric.ts';
import { readDelivery } from '../message-request.ts';
import { authenticated, permitForAccount } from '../requests.ts';
import { readBody } from '../validation.ts';

export const requestEmailChange = (fabric: Fabric): Route => ({
  method: 'POST',
  path: '/api/v1/auth/email/change',
  refusals: emailChangeRefusals,
  async handle(request) {
    const live = await authenticated(fabric, request);
    const permit = await permitForAccount(fabric, request, {
      kind: 'message',
      purpose: 'email_change',
      live,
    });
    const body = readBody(emailChangeBody, request.body);
    const newEmail = parseIdentifier('email', body.new_email);
    const delivery = readDelivery(fabric, body, { purpose: 'email-change', to: newEmail });
    const { current_password: currentPassword } = body;
    await fabric.auth.requestEmailChange({
      permit,
      live,
      newEmail,
      currentPassword,
      delivery,
    });
    return { message: `${body.verification_type ?? 'otp'} has been sent to the email.` };
  },
});
