import { clientOf, type Route } from '../../../http/index.ts';
import { refreshRefusals } from '../errors.ts';
import { fieldsOf, required } from '../fields.ts';
import type { Notes } from '../notes.ts';
import { presentTokens } from '../presenter.ts';

export const refresh = (notes: Notes, base: string): Route => ({
  method: 'POST',
  path: `${base}/refresh`,
  refusals: refreshRefusals,
  async handle(request) {
    const { auth, throttle } = notes;
    const permit = await throttle.permitAddress('refresh', clientOf(request));
    const token = required(fieldsOf(request), 'refresh_token');
    const tokens = await auth.refresh({ permit, token });
    const { accessMs } = auth.contract.tokens;
    return presentTokens({ message: 'Refresh Success', tokens, reference: token, accessMs });
  },
});
