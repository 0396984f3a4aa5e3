import type { Route } from '../../../http/index.ts';
import type { Fabric } from '../fabric.ts';
import { messageRoute } from './message-route.ts';

export const requestSignIn = (fabric: Fabric): Route =>
  messageRoute(fabric, {
    path: '/api/v1/auth/login/passwordless',
    purpose: 'sign_in',
    link: 'login',
    request: (demand) => fabric.auth.requestSignIn(demand),
  });
