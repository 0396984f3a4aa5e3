import { clientOf, type Route } from '../../../http/index.ts';
import { refreshRefusals } from '../errors.ts';
import { readFields, readTexts } from '../fields.ts';
import type { Ibanera } from '../ibanera.ts';
import { presentTokens } from '../presenter.ts';

export const refresh = ({ auth, throttle }: Ibanera): Route => ({
  method: 'POST',
  path: '/api/v1/public/auth/refresh',
  refusals: refreshRefusals,
  async handle(request) {
    const permit = await throttle.permitAddress('refresh', clientOf(request));
    const { RefreshToken: token } = readTexts(readFields(request.body), ['RefreshToken']);
    return presentTokens(await auth.refresh({ permit, token }));
  },
});
