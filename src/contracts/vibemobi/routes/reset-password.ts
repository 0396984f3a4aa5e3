import { clientOf, type Route } from '../../../http/index.ts';
import { readJson } from '../bodies.ts';
import { newPassword, required, text } from '../fields.ts';
import { assertValid, checkBody } from '../validation.ts';
import type { VibeMobi } from '../vibemobi.ts';

const fields = { token: required(text), new_password: required(newPassword) };

export const resetPassword = ({ auth, throttle }: VibeMobi): Route => ({
  method: 'POST',
  path: '/reset-password',
  async handle(request) {
    const permit = await throttle.permitAddress('confirm', clientOf(request));
    const body = checkBody(fields, readJson(request));
    assertValid(body);
    const { token, new_password } = body.values;
    await auth.confirmRecovery({ permit, code: token, newPassword: new_password });
    return { message: 'Password updated successfully' };
  },
});
