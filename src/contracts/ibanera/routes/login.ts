import { clientOf, type Route } from '../../../http/index.ts';
import { readFields, readTexts } from '../fields.ts';
import type { Ibanera } from '../ibanera.ts';
import { presentTokens } from '../presenter.ts';
import { readLogin } from '../requests.ts';

export const login = ({ auth, throttle }: Ibanera): Route => ({
  method: 'POST',
  path: '/api/v1/public/auth/login',
  async handle(request) {
    const address = await throttle.permitAddress('sign_in', clientOf(request));
    const fields = readFields(request.body);
    const identifier = fields.get('username') ?? '';
    const permit = await throttle.permitIdentifier(address, { purpose: 'sign_in', identifier });
    const given = readTexts(fields, ['Username', 'Password', 'Otp']);
    return presentTokens(
      await auth.signIn({
        permit,
        identifier: readLogin(given.Username),
        password: given.Password,
        totp: given.Otp,
      }),
    );
  },
});
