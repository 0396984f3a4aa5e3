import type { Route } from '../../../http/index.ts';
import type { Fabric } from '../fabric.ts';
import { messageRoute } from './message-route.ts';

export const requestRecovery = (fabric: Fabric): Route =>
  messageRoute(fabric, {
    path: '/api/v1/auth/password/reset',
    purpose: 'password_recovery',
    link: 'password-reset',
    request: (demand) => fabric.auth.requestRecovery(demand),
  });
