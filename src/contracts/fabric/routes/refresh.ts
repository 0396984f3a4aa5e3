import { clientOf, type Route } from '../../../http/index.ts';
import { refreshBody } from '../bodies.ts';
import { refreshRefusals } from '../errors.ts';
import type { Fabric } from '../fabric.ts';
import { presentTokens } from '../presenter.ts';
import { readBody } from '../validation.ts';

export const refresh = (fabric: Fabric): Route => ({
  method: 'POST',
  path: '/api/v1/auth/token/refresh',
  refusals: refreshRefusals,
  async handle(request) {
    const { auth, throttle } = fabric;
    const permit = await throttle.permitAddress('refresh', clientOf(request));
    const { refresh: token } = readBody(refreshBody, request.body);
    return presentTokens(await auth.refresh({ permit, token }));
  },
});
