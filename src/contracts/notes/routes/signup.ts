import { parseIdentifier } from '../../../core/account/index.ts';
import { clientOf, type Route } from '../../../http/index.ts';
import { badRequest } from '../errors.ts';
import { fieldsOf, required, requiredTrimmed } from '../fields.ts';
import { type Notes, signUpLink } from '../notes.ts';

/** Narrower than what core calls a username; other doors may have made wider ones, and those may log in. */
const USERNAME = /^[A-Za-z0-9._-]{1,45}$/;

export const signup = (notes: Notes, base: string): Route => ({
  method: 'POST',
  path: `${base}/signup`,
  async handle(request) {
    const { auth, throttle } = notes;
    const address = await throttle.permitAddress('message', clientOf(request));
    const fields = fieldsOf(request);
    const typed = fields.get('email') ?? '';
    const permit = await throttle.permitIdentifier(address, { purpose: 'sign_up', identifier: typed });
    const name = requiredTrimmed(fields, 'username');
    const password = required(fields, 'password');
    const identifier = parseIdentifier('email', requiredTrimmed(fields, 'email'));
    if (!USERNAME.test(name)) throw badRequest();
    const username = parseIdentifier('username', name);
    const { number } = await auth.signUp({
      permit,
      identifier,
      username,
      password,
      delivery: { form: 'link', link: signUpLink(notes) },
    });
    return { message: 'Signup success', userid: number };
  },
});
