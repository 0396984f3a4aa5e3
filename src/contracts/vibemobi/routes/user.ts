import type { FastifyRequest } from 'fastify';
import { type Account, parseIdentifier } from '../../../core/account/index.ts';
import { AuthError } from '../../../core/errors.ts';
import { AnswerError, clientOf, type Route } from '../../../http/index.ts';
import { readJson } from '../bodies.ts';
import { detail, updateRefusals } from '../errors.ts';
import {
  boolean,
  email,
  fullName,
  newPassword,
  optional,
  optionalNotNull,
  required,
  unlessNull,
  username,
  uuid,
} from '../fields.ts';
import { presentUser } from '../presenter.ts';
import { actorOf, authenticated, superuser } from '../requests.ts';
import { usernameOf } from '../usernames.ts';
import { assertValid, check, checkBody } from '../validation.ts';
import type { VibeMobi } from '../vibemobi.ts';
import { selfDeletion } from './me.ts';

const PATH = '/users/:user_id';

const pathOf = ({ params }: FastifyRequest) => check('path', { user_id: required(uuid) }, params);

export const readUser = (vibemobi: VibeMobi): Route => ({
  method: 'GET',
  path: PATH,
  async handle(request) {
    const { account } = await authenticated(vibemobi, request);
    const path = pathOf(request);
    assertValid(path);
    const { user_id } = path.values;
    if (user_id === account.id) return presentUser(account);
    // Before anything is looked up: who may not read it must not learn whether it is there.
    if (!account.isSuperuser) throw new AuthError('permission_denied').about(account.id);
    return presentUser(await found(vibemobi, user_id));
  },
});

async function found({ admin }: VibeMobi, id: string): Promise<Account> {
  const account = await admin.findAccount({ id });
  if (account === undefined) throw new AuthError('account_gone');
  return account;
}

const fields = {
  email: unlessNull(email),
  username: optional(username),
  is_active: optionalNotNull(boolean),
  is_superuser: optionalNotNull(boolean),
  is_staff: optionalNotNull(boolean),
  full_name: optional(fullName),
  password: unlessNull(newPassword),
};

export const patchUser = (vibemobi: VibeMobi): Route => ({
  method: 'PATCH',
  path: PATH,
  refusals: updateRefusals,
  async handle(request) {
    const sent = readJson(request);
    const live = await superuser(vibemobi, request);
    await vibemobi.throttle.permitAddress('private', clientOf(request));
    const path = pathOf(request);
    const body = checkBody(fields, sent);
    assertValid(path, body);
    const { email: address, username: chosen, full_name, password, ...flags } = body.values;
    const account = await vibemobi.admin.findAccount({ id: path.values.user_id });
    if (account === undefined) throw new AnswerError(noSuchUser);
    const name = usernameOf(chosen, address?.key ?? keyOf(account));
    const changed = await vibemobi.admin.updateAccount({
      actor: actorOf(request, live),
      accountId: account.id,
      passwordPolicy: vibemobi.auth.contract.passwordPolicy,
      changes: {
        ...(address !== undefined && { email: address }),
        ...(name !== undefined && { username: name }),
        ...(full_name !== undefined && { fullName: full_name }),
        ...(password !== undefined && { password }),
        ...(flags.is_active !== undefined && { isEnabled: flags.is_active }),
        ...(flags.is_superuser !== undefined && { isSuperuser: flags.is_superuser }),
        ...(flags.is_staff !== undefined && { isStaff: flags.is_staff }),
      },
    });
    return presentUser(changed);
  },
});

const noSuchUser = detail(404, 'The user with this id does not exist in the system');

const keyOf = ({ email: own }: Account) => (own === null ? undefined : parseIdentifier('email', own).key);

export const deleteUser = (vibemobi: VibeMobi): Route => ({
  method: 'DELETE',
  path: PATH,
  async handle(request) {
    const live = await superuser(vibemobi, request);
    const path = pathOf(request);
    assertValid(path);
    const account = await found(vibemobi, path.values.user_id);
    if (account.id === live.account.id) throw new AnswerError(selfDeletion);
    await vibemobi.admin.deleteAccount({ actor: actorOf(request, live), account });
    return { message: 'User deleted successfully' };
  },
});
