import { clientOf, type Route } from '../../../http/index.ts';
import { readJson } from '../bodies.ts';
import { creationRefusals } from '../errors.ts';
import {
  boolean,
  email,
  fullName,
  integer,
  newPassword,
  optional,
  optionalNotNull,
  required,
  username,
} from '../fields.ts';
import { presentUser } from '../presenter.ts';
import { actorOf, superuser } from '../requests.ts';
import { usernameOf } from '../usernames.ts';
import { assertValid, check, checkBody } from '../validation.ts';
import type { VibeMobi } from '../vibemobi.ts';

const PATH = '/users';
const PAGE = 100;
const LARGEST_PAGE = 1000;

const page = {
  skip: optionalNotNull(integer({ min: 0 })),
  limit: optionalNotNull(integer({ min: 0, max: LARGEST_PAGE })),
};

export const listUsers = (vibemobi: VibeMobi): Route => ({
  method: 'GET',
  path: PATH,
  async handle(request) {
    await superuser(vibemobi, request);
    const query = check('query', page, request.query);
    assertValid(query);
    const { skip = 0, limit = PAGE } = query.values;
    const { accounts, count } = await vibemobi.admin.listAccounts({ skip, limit });
    return { data: accounts.map(presentUser), count };
  },
});

const fields = {
  email: required(email),
  password: required(newPassword),
  username: optional(username),
  is_active: optionalNotNull(boolean),
  is_superuser: optionalNotNull(boolean),
  is_staff: optionalNotNull(boolean),
  full_name: optional(fullName),
};

export const createUser = (vibemobi: VibeMobi): Route => ({
  method: 'POST',
  path: PATH,
  refusals: creationRefusals,
  async handle(request) {
    const sent = readJson(request);
    const live = await superuser(vibemobi, request);
    await vibemobi.throttle.permitAddress('private', clientOf(request));
    const body = checkBody(fields, sent);
    assertValid(body);
    const { email: address, password, username: chosen, full_name, ...flags } = body.values;
    const name = usernameOf(chosen, address.key);
    const account = await vibemobi.admin.createAccount({
      actor: actorOf(request, live),
      email: address,
      ...(name && { username: name }),
      fullName: full_name ?? null,
      password,
      passwordPolicy: vibemobi.auth.contract.passwordPolicy,
      isSuperuser: flags.is_superuser === true,
      isStaff: flags.is_staff === true,
      isDisabled: flags.is_active === false,
      tellsOwner: true,
    });
    return presentUser(account);
  },
});
