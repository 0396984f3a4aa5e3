/**
 * Speaks VibeMobi over a real socket, the way a client does, and holds the words that the contract uses: written
 * down here a second time, so that a changed word in the source is a failing test.
 */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { Account } from '../../../src/core/account/index.ts';
import type { AuditEvent } from '../../../src/core/audit/index.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../../support/server.ts';
import { send, type WireAnswer, type WireRequest } from '../../support/wire.ts';
import { type Expected, Fabric, OTHER_PASSWORD, PASSWORD, says } from '../fabric/driver.ts';

export {
  assertAlike,
  assertHeaders,
  breakDatabase,
  DAY,
  done,
  type Expected,
  HOUR,
  MINUTE,
  no as fabricSays,
  OTHER_PASSWORD,
  PASSWORD,
  SECOND,
  says,
  tally,
  times,
} from '../fabric/driver.ts';

export const PREFIXES = ['/v1', '/api/v1'] as const;
/** On the list of common ones; long enough. */
export const COMMON_PASSWORD = 'password123';
/** Well spelled, and nobody's. */
export const NOBODY = '11111111-2222-4333-8444-555555555555';

export interface Complaint {
  readonly msg: string;
  readonly type: string;
  readonly ctx?: object;
}

/** What pydantic says of one value. */
export const complaints = {
  missing: { msg: 'field required', type: 'value_error.missing' },
  email: { msg: 'value is not a valid email address', type: 'value_error.email' },
  atLeast: (limit: number) => ({
    msg: `ensure this value has at least ${limit} characters`,
    type: 'value_error.any_str.min_length',
    ctx: { limit_value: limit },
  }),
  atMost: (limit: number) => ({
    msg: `ensure this value has at most ${limit} characters`,
    type: 'value_error.any_str.max_length',
    ctx: { limit_value: limit },
  }),
  none: { msg: 'none is not an allowed value', type: 'type_error.none.not_allowed' },
  text: { msg: 'str type expected', type: 'type_error.str' },
  boolean: { msg: 'value could not be parsed to a boolean', type: 'type_error.bool' },
  integer: { msg: 'value is not a valid integer', type: 'type_error.integer' },
  uuid: { msg: 'value is not a valid uuid', type: 'type_error.uuid' },
  grantType: {
    msg: 'string does not match regex "password"',
    type: 'value_error.str.regex',
    ctx: { pattern: 'password' },
  },
  dictionary: { msg: 'value is not a valid dict', type: 'type_error.dict' },
  notLess: (limit: number) => ({
    msg: `ensure this value is greater than or equal to ${limit}`,
    type: 'value_error.number.not_ge',
    ctx: { limit_value: limit },
  }),
  notMore: (limit: number) => ({
    msg: `ensure this value is less than or equal to ${limit}`,
    type: 'value_error.number.not_le',
    ctx: { limit_value: limit },
  }),
  common: { msg: 'this password is too common', type: 'value_error.password_too_common' },
  similar: {
    msg: 'this password is too similar to the account',
    type: 'value_error.password_too_similar',
  },
} as const satisfies Record<string, Complaint | ((limit: number) => Complaint)>;

const text = (status: number, detail: string): Expected => [status, { detail }];

/** An item of a 422, its keys in their order. */
export const item = (loc: readonly string[], { msg, type, ctx }: Complaint) => ({
  loc,
  msg,
  type,
  ...(ctx !== undefined && { ctx }),
});
export const invalid = (...items: readonly ReturnType<typeof item>[]): Expected => [422, { detail: items }];
/** A 422 about one field of the body. */
export const badField = (field: string, complaint: Complaint): Expected =>
  invalid(item(['body', field], complaint));
export const missing = (...fields: readonly string[]): Expected =>
  invalid(...fields.map((field) => item(['body', field], complaints.missing)));

/** Every refusal of the contract that is a sentence, as its document has it. */
export const no = {
  notAuthenticated: text(401, 'Not authenticated'),
  badCredentials: text(401, 'Could not validate credentials'),
  userNotFound: text(404, 'User not found'),
  inactive: text(400, 'Inactive user'),
  noPrivileges: text(403, "The user doesn't have enough privileges"),
  incorrect: text(400, 'Incorrect email or password'),
  invalidToken: text(400, 'Invalid token'),
  emailConflict: text(409, 'User with this email already exists'),
  usernameConflict: text(409, 'User with this username already exists'),
  incorrectPassword: text(400, 'Incorrect password'),
  samePassword: text(400, 'New password cannot be the same as the current one'),
  selfDeletion: text(403, 'Super users are not allowed to delete themselves'),
  signUpEmailTaken: text(400, 'The user with this email already exists in the system'),
  signUpUsernameTaken: text(400, 'The user with this username already exists in the system'),
  creationEmailTaken: text(400, 'The user with this email already exists in the system.'),
  creationUsernameTaken: text(400, 'The user with this username already exists in the system.'),
  patchedUnknown: text(404, 'The user with this id does not exist in the system'),
  forbidden: text(403, 'Forbidden'),
  limited: text(429, 'Too Many Requests'),
  notFound: text(404, 'Not Found'),
  method: text(405, 'Method Not Allowed'),
} as const;

export const said = {
  recoverySent: [200, { message: 'If that email is registered, we sent a password recovery link' }],
  passwordUpdated: [200, { message: 'Password updated successfully' }],
  userDeleted: [200, { message: 'User deleted successfully' }],
} as const satisfies Record<string, Expected>;

export interface User {
  readonly username: string;
  readonly email: string;
  readonly is_active: boolean;
  readonly is_superuser: boolean;
  readonly is_staff: boolean;
  readonly full_name: string | null;
  readonly id: string;
}

/** A user in the order of the document. Without a username of its own it shows its e-mail. */
export const user = (given: Partial<User> & Pick<User, 'email' | 'id'>): User => ({
  username: given.username ?? given.email,
  email: given.email,
  is_active: given.is_active ?? true,
  is_superuser: given.is_superuser ?? false,
  is_staff: given.is_staff ?? false,
  full_name: given.full_name ?? null,
  id: given.id,
});

type Who = 'anyone' | 'bearer' | 'superuser' | 'trusted';

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the prefix, without the trailing slash. */
  readonly path: string;
  readonly who: Who;
  /** What its body must have, for those that read JSON; nothing where all is optional. */
  readonly required?: readonly string[];
}

export const ENDPOINTS: readonly Endpoint[] = [
  { method: 'POST', path: '/login/access-token', who: 'anyone' },
  { method: 'POST', path: '/login/test-token', who: 'bearer' },
  { method: 'POST', path: '/password-recovery/nobody@example.com', who: 'anyone' },
  { method: 'POST', path: '/reset-password', who: 'anyone', required: ['token', 'new_password'] },
  { method: 'GET', path: '/users/me', who: 'bearer' },
  { method: 'PATCH', path: '/users/me', who: 'bearer', required: [] },
  {
    method: 'PATCH',
    path: '/users/me/password',
    who: 'bearer',
    required: ['current_password', 'new_password'],
  },
  { method: 'DELETE', path: '/users/me', who: 'bearer' },
  { method: 'POST', path: '/users/signup', who: 'anyone', required: ['email', 'password'] },
  { method: 'GET', path: '/users', who: 'superuser' },
  { method: 'POST', path: '/users', who: 'superuser', required: ['email', 'password'] },
  { method: 'GET', path: `/users/${NOBODY}`, who: 'bearer' },
  { method: 'PATCH', path: `/users/${NOBODY}`, who: 'superuser', required: [] },
  { method: 'DELETE', path: `/users/${NOBODY}`, who: 'superuser' },
  { method: 'GET', path: '/utils/health-check', who: 'anyone' },
  { method: 'POST', path: '/private/users', who: 'trusted', required: ['email', 'password', 'full_name'] },
];

export const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

export interface Claims {
  readonly exp: number;
  readonly iat: number;
  readonly sub: string;
  readonly sid: string;
  readonly jti: string;
  readonly iss: string;
  readonly aud: string;
}

export const partsOf = (token: string): unknown[] =>
  token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));

export const claimsOf = (token: string): Claims => partsOf(token)[1] as Claims;

/** The token of a sign-in, whose answer has nothing else in it. */
export function tokenOf(answer: WireAnswer): string {
  assert.equal(answer.status, 200, answer.text);
  const { access_token } = answer.body as { access_token: string };
  says(answer, [200, { access_token, token_type: 'bearer' }]);
  return access_token;
}

export interface Member {
  readonly email: string;
  readonly id: string;
  readonly account: Account;
  /** A live access token. */
  readonly bearer: string;
}

/** Clients of one server, beside those of Fabric. */
export class VibeMobi {
  readonly server: TestServer;
  readonly fabric: Fabric;

  constructor(server: TestServer) {
    this.server = server;
    this.fabric = new Fabric(server);
  }

  email(name?: string): string {
    return this.fabric.email(name);
  }

  /** @param path below `/v1` */
  send(path: string, request?: WireRequest): Promise<WireAnswer> {
    return send(`${this.server.url}/v1${path}`, request);
  }

  get(path: string, bearer?: string): Promise<WireAnswer> {
    return this.send(path, { method: 'GET', ...(bearer !== undefined && { bearer }) });
  }

  post(path: string, json?: unknown, request: WireRequest = {}): Promise<WireAnswer> {
    return this.send(path, { method: 'POST', ...(json !== undefined && { json }), ...request });
  }

  patch(path: string, json: unknown, bearer?: string): Promise<WireAnswer> {
    return this.send(path, { method: 'PATCH', json, ...(bearer !== undefined && { bearer }) });
  }

  delete(path: string, bearer: string): Promise<WireAnswer> {
    return this.send(path, { method: 'DELETE', bearer });
  }

  /** Sends the form of a sign-in. */
  form(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<WireAnswer> {
    const body = new URLSearchParams(fields).toString();
    return this.send('/login/access-token', { method: 'POST', body, headers: { ...FORM_TYPE, ...headers } });
  }

  logIn(username: string, password = PASSWORD): Promise<WireAnswer> {
    return this.form({ username, password });
  }

  async session(username: string, password = PASSWORD): Promise<string> {
    return tokenOf(await this.logIn(username, password));
  }

  /** Somebody with a verified address and a password, who is signed in. */
  async member(
    options: { email?: string; username?: string; isVerified?: boolean; isSuperuser?: boolean } = {},
  ): Promise<Member> {
    const { isSuperuser = false, ...more } = options;
    const email = options.email ?? this.email();
    const account = await this.fabric.account({ email, password: PASSWORD, ...more });
    if (isSuperuser) await this.server.app.storage.accounts.setRights(account.id, { isSuperuser });
    return { email, id: account.id, account, bearer: await this.session(email) };
  }

  superuser(): Promise<Member> {
    return this.member({ isSuperuser: true });
  }

  /** The account as the database has it. */
  async stored(id: string): Promise<Account> {
    const account = await this.server.app.storage.accounts.findById(id);
    assert.ok(account, `there is an account ${id}`);
    return account;
  }

  async disable(id: string): Promise<void> {
    await this.server.app.storage.accounts.setDisabled(id, this.server.clock.now());
  }

  recover(email: string): Promise<WireAnswer> {
    return this.post(`/password-recovery/${encodeURIComponent(email)}`);
  }

  /** Asks for a recovery link and reads the token in it. */
  async recoveryToken(email: string): Promise<string> {
    says(await this.recover(email), said.recoverySent);
    const { link = '' } = await this.fabric.message(email);
    return new URL(link).searchParams.get('token') ?? '';
  }

  reset(token: unknown, password: unknown = OTHER_PASSWORD): Promise<WireAnswer> {
    return this.post('/reset-password/', { token, new_password: password });
  }

  /** The trail of an account, or of all that happened. Newest first. */
  audit(accountId?: string): Promise<AuditEvent[]> {
    const whose = accountId === undefined ? {} : { accountId };
    return this.server.app.storage.audit.list({ ...whose, limit: 200 });
  }
}

/** A server for one file of tests. Waiting for a hash is nobody's subject here. */
export async function start(options: TestServerOptions = {}): Promise<VibeMobi> {
  const env = { LATCHKEY_HASH_QUEUE_BUDGET: '60s', ...options.env };
  const server = await startTestServer({ ...options, env });
  after(() => server.stop());
  return new VibeMobi(server);
}
