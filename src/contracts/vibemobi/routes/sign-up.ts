import { clientOf, type Route } from '../../../http/index.ts';
import { readJson } from '../bodies.ts';
import { signUpRefusals } from '../errors.ts';
import { email, fullName, newPassword, optional, required, username } from '../fields.ts';
import { presentUser } from '../presenter.ts';
import { usernameOf } from '../usernames.ts';
import { assertValid, checkBody } from '../validation.ts';
import type { VibeMobi } from '../vibemobi.ts';

const fields = {
  email: required(email),
  password: required(newPassword),
  full_name: optional(fullName),
  username: optional(username),
};

/** May be used at once, and nobody has proved the address: other contracts that want proof ask for it. */
export const signUp = ({ auth, throttle }: VibeMobi): Route => ({
  method: 'POST',
  path: '/users/signup',
  refusals: signUpRefusals,
  async handle(request) {
    const counted = await throttle.permitAddress('sign_in', clientOf(request));
    const body = checkBody(fields, readJson(request));
    assertValid(body);
    const { email: address, password, full_name, username: chosen } = body.values;
    const name = usernameOf(chosen, address.key);
    const permit = await throttle.permitIdentifier(counted, {
      purpose: 'sign_up',
      identifier: address.value,
    });
    const account = await auth.signUpWithoutConfirmation({
      permit,
      email: address,
      ...(name && { username: name }),
      fullName: full_name ?? null,
      password,
    });
    return presentUser(account);
  },
});
