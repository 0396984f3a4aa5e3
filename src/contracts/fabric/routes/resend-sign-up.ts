import type { Route } from '../../../http/index.ts';
import type { Fabric } from '../fabric.ts';
import { messageRoute } from './message-route.ts';

export const resendSignUp = (fabric: Fabric): Route =>
  messageRoute(fabric, {
    path: '/api/v1/auth/signup/otp/resend',
    purpose: 'sign_up',
    link: 'signup',
    request: (demand) => fabric.auth.resendSignUp(demand),
  });
