import { clientOf, type Route } from '../../../http/index.ts';
import { readJson } from '../bodies.ts';
import { signUpRefusals } from '../errors.ts';
import { email, fullName, newPassword, optional, required, username } from '../fields.ts';
import { presentUser } from '../presenter.ts';
import { usernameOf } from '../usernames.ts';
import { assertValid, checkBody } from '../validation.ts';
import { NAME, type VibeMobi } from '../vibemobi.ts';

const fields = {
  email: required(email),
  password: required(newPassword),
  full_name: optional(fullName),
  username: optional(username),
};

/** May be used at once, and nobody has proved the address: other contracts that want proof ask for it. */
export const signUp = ({ auth, door, throttle }: VibeMobi): Route => ({
  method: 'POST',
  path: '/users/signup',
  refusals: signUpRefusals,
  async handle(request) {
    const client = clientOf(request);
    const counted = await throttle.permitAddress('sign_in', client);
    const body = checkBody(fields, readJson(request));
    assertValid(body);
    const { email: address, password, full_name, username: chosen } = body.values;
    const name = usernameOf(chosen, address.key);
    await throttle.permitIdentifier(counted, { purpose: 'sign_up', identifier: address.value });
    const account = await auth.createAccount({
      actor: { door: NAME, by: null, address: client.address },
      email: address,
      ...(name && { username: name }),
      fullName: full_name ?? null,
      password,
      passwordPolicy: door.passwordPolicy,
    });
    return presentUser(account);
  },
});
