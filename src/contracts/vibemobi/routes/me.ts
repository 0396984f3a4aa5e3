import { AnswerError, clientOf, type Route } from '../../../http/index.ts';
import { readJson } from '../bodies.ts';
import { detail, incorrectPassword } from '../errors.ts';
import { email, fullName, newPassword, optional, required, text, unlessNull } from '../fields.ts';
import { presentUser } from '../presenter.ts';
import { authenticated } from '../requests.ts';
import { assertValid, checkBody } from '../validation.ts';
import type { VibeMobi } from '../vibemobi.ts';

const PATH = '/users/me';

export const readMe = (vibemobi: VibeMobi): Route => ({
  method: 'GET',
  path: PATH,
  async handle(request) {
    const { account } = await authenticated(vibemobi, request);
    return presentUser(account);
  },
});

export const selfDeletion = detail(403, 'Super users are not allowed to delete themselves');

const profile = { full_name: optional(fullName), email: unlessNull(email) };

/** The document asks for no password and no proof of the new address: the owner of the old one hears of it. */
export const patchMe = (vibemobi: VibeMobi): Route => ({
  method: 'PATCH',
  path: PATH,
  async handle(request) {
    const sent = readJson(request);
    const live = await authenticated(vibemobi, request);
    const counted = await vibemobi.throttle.permitAddress('profile', clientOf(request));
    const body = checkBody(profile, sent);
    assertValid(body);
    const { throttle, auth } = vibemobi;
    const identifier = live.account.id;
    const permit = await throttle.permitIdentifier(counted, { purpose: 'profile', identifier });
    const { full_name, email: address } = body.values;
    const account = await auth.updateOwnAccount({
      permit,
      live,
      changes: {
        ...(full_name !== undefined && { fullName: full_name }),
        ...(address !== undefined && { email: address }),
      },
    });
    return presentUser(account);
  },
});

const passwords = { current_password: required(text), new_password: required(newPassword) };

export const changePassword = (vibemobi: VibeMobi): Route => ({
  method: 'PATCH',
  path: `${PATH}/password`,
  // Somebody who holds a stolen token learns nothing of what others tried.
  refusals: { account_locked: incorrectPassword },
  async handle(request) {
    const { auth, throttle } = vibemobi;
    const sent = readJson(request);
    const live = await authenticated(vibemobi, request);
    const address = await throttle.permitAddress('sign_in', clientOf(request));
    const body = checkBody(passwords, sent);
    assertValid(body);
    const { current_password: currentPassword, new_password } = body.values;
    const permit = await throttle.permitIdentifier(address, {
      purpose: 'password_change',
      identifier: live.account.id,
    });
    await auth.changePassword({ permit, live, currentPassword, newPassword: new_password });
    return { message: 'Password updated successfully' };
  },
});

export const deleteMe = (vibemobi: VibeMobi): Route => ({
  method: 'DELETE',
  path: PATH,
  async handle(request) {
    const live = await authenticated(vibemobi, request);
    const { account } = live;
    if (account.isSuperuser) throw new AnswerError(selfDeletion);
    await vibemobi.auth.deleteOwnAccount({ live, client: clientOf(request) });
    return { message: 'User deleted successfully' };
  },
});
