import type { Route } from '../../../http/index.ts';
import { signUpBody } from '../bodies.ts';
import type { Fabric } from '../fabric.ts';
import { readDelivery, readRecipient, sent } from '../message-request.ts';
import { permitFor } from '../requests.ts';
import { readBody } from '../validation.ts';

export const signUp = (fabric: Fabric): Route => ({
  method: 'POST',
  path: '/api/v1/auth/signup',
  async handle(request) {
    const permit = await permitFor(fabric, request, { kind: 'message', purpose: 'sign_up' });
    const body = readBody(signUpBody, request.body);
    const identifier = readRecipient(fabric, body, body.identifier);
    const delivery = readDelivery(fabric, body, { purpose: 'signup', to: identifier });
    const { password } = body;
    await fabric.auth.signUp({ permit, identifier, password, delivery });
    return sent(body);
  },
});
