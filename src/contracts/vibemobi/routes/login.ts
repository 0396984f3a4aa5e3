import { parseLogin } from '../../../core/account/index.ts';
import { clientOf, type Route } from '../../../http/index.ts';
import { readForm } from '../bodies.ts';
import { grantType, optionalNotNull, required, text } from '../fields.ts';
import { assertValid, check } from '../validation.ts';
import type { VibeMobi } from '../vibemobi.ts';

/** In the order of FastAPI's form. scope, client_id and client_secret are for other grants; what is sent is not read. */
const fields = { grant_type: optionalNotNull(grantType), username: required(text), password: required(text) };

/** RFC 6749 §4.3. */
export const login = ({ auth, throttle }: VibeMobi): Route => ({
  method: 'POST',
  path: '/login/access-token',
  async handle(request) {
    const address = await throttle.permitAddress('sign_in', clientOf(request));
    const form = check('body', fields, await readForm(request));
    assertValid(form);
    const { username, password } = form.values;
    const permit = await throttle.permitIdentifier(address, { purpose: 'sign_in', identifier: username });
    const identifier = parseLogin(username);
    const { access } = await auth.signIn({ permit, identifier, password });
    return { access_token: access, token_type: 'bearer' };
  },
});
