/**
 * Speaks Fabric over a real socket, the way a client does, and holds the words that the contract uses: written down
 * here a second time, so that a changed word in the source is a failing test.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, type TestContext } from 'node:test';
import { type Account, parseContact, parseIdentifier } from '../../../src/core/account/index.ts';
import type { Random } from '../../../src/core/ports.ts';
import { systemRandom } from '../../../src/crypto/random.ts';
import type { ReceivedMessage } from '../../../src/delivery/index.ts';
import { operator } from '../../support/operator.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../../support/server.ts';
import { send, type WireAnswer, type WireRequest } from '../../support/wire.ts';

export const AUTH = '/api/v1/auth';
export const ME = '/api/v1/me';
/** The one of the documentation. */
export const PASSWORD = 'MySecretPassword123';
export const OTHER_PASSWORD = 'another fine passphrase';
/** Breaks one rule and no other. */
export const SHORT_PASSWORD = 'zQ7-vX!';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export type Expected = readonly [status: number, body: unknown];

const fields = (status: number, code: string, detail: Readonly<Record<string, string>>): Expected => [
  status,
  { error_code: code, detail },
];
const text = (status: number, detail: string): Expected => [status, { detail }];
const refused = 'request can not be processed.';

/** A success that is told in a sentence. */
export const done = (message: string): Expected => [200, { message }];

/** Every refusal of the contract, as its document has it. */
export const no = {
  fields,
  text,
  missing: (...names: string[]) =>
    fields(400, '4000', Object.fromEntries(names.map((name) => [name, 'This field is required.']))),
  badEmail: (field = 'identifier') => fields(400, '4001', { [field]: 'enter a valid email address.' }),
  badPhone: fields(400, '4001', { identifier: 'enter a valid phone number.' }),
  smsChoice: fields(400, 'invalid_choice', { method: '"sms" is not a valid choice.' }),
  tooShort: (field: string) =>
    fields(400, 'password_too_short', {
      [field]: 'This password is too short. It must contain at least 8 characters.',
    }),
  tooCommon: (field: string) =>
    fields(400, 'password_too_common', { [field]: 'This password is too common.' }),
  numeric: (field: string) =>
    fields(400, 'password_entirely_numeric', { [field]: 'This password is entirely numeric.' }),
  similar: (field: string) =>
    fields(400, 'password_too_similar', { [field]: 'The password is too similar to the identifier.' }),
  taken: fields(409, '4002', { non_field_error: refused }),
  emailTaken: fields(409, '4002', { new_email: refused }),
  unknown: fields(404, '4003', { non_field_error: refused }),
  alreadyVerified: fields(400, '4004', { non_field_error: refused }),
  unknownAtLogin: fields(404, '4005', { identifier: 'incorrect identifier.' }),
  wrongPassword: fields(401, '4005', { password: 'incorrect password.' }),
  wrongOldPassword: fields(400, '4005', { old_password: 'old password is incorrect.' }),
  wrongCurrentPassword: fields(400, '4005', { current_password: 'incorrect password.' }),
  unverified: fields(400, '4006', {
    non_field_error: 'account is not verified. Complete signup process or login via passwordless method',
  }),
  differ: fields(400, '4007', { new_password: 'passwords do not match.' }),
  passwordless: fields(400, '4008', {
    non_field_error: 'passwordless account. please change or reset password.',
  }),
  disabled: fields(401, '4009', { non_field_error: 'account is not active.' }),
  wrongCode: fields(400, '4010', { code: 'invalid otp' }),
  expiredCode: fields(400, '4011', { code: 'otp has expired.' }),
  locked: text(429, 'Too many failed login attempts. Please try again later.'),
  limited: (seconds: number) =>
    text(429, `Request limit exceeded. Please try again after ${seconds} seconds.`),
  noCredentials: text(401, 'Authentication credentials were not provided.'),
  badToken: text(401, 'Invalid token.'),
  expiredToken: text(401, 'Token has expired.'),
  wrongTokenKind: text(401, 'Invalid token type. Only access tokens are allowed'),
  badRefresh: text(400, 'Invalid token.'),
  refreshOver: text(401, 'Token has expired.'),
  userGone: text(404, 'User not found'),
  notFound: text(404, 'Not found.'),
  method: (name: string) => text(405, `Method "${name}" not allowed.`),
  mediaType: (type: string) => text(415, `Unsupported media type "${type}" in request.`),
  notJson: text(400, 'JSON parse error'),
  tooLarge: text(413, 'Request body is too large.'),
  notADictionary: fields(400, 'invalid', { non_field_error: 'Invalid data. Expected a dictionary.' }),
} as const;

/** Every endpoint, without the trailing slash, and what it says to an empty object from nobody. */
export const ENDPOINTS: readonly {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly toNothing?: Expected;
}[] = [
  { method: 'POST', path: `${AUTH}/signup`, toNothing: no.missing('identifier', 'password') },
  { method: 'POST', path: `${AUTH}/signup/otp/resend`, toNothing: no.missing('identifier') },
  { method: 'POST', path: `${AUTH}/signup/confirm`, toNothing: no.missing('identifier', 'code') },
  { method: 'POST', path: `${AUTH}/login/basic`, toNothing: no.missing('identifier', 'password') },
  { method: 'POST', path: `${AUTH}/token/refresh`, toNothing: no.missing('refresh') },
  { method: 'POST', path: `${AUTH}/login/passwordless`, toNothing: no.missing('identifier') },
  { method: 'POST', path: `${AUTH}/login/passwordless/confirm`, toNothing: no.missing('identifier', 'code') },
  { method: 'POST', path: `${AUTH}/password/reset`, toNothing: no.missing('identifier') },
  {
    method: 'POST',
    path: `${AUTH}/password/reset/confirm`,
    toNothing: no.missing('identifier', 'code', 'new_password', 'confirm_password'),
  },
  { method: 'POST', path: `${AUTH}/password/change`, toNothing: no.noCredentials },
  { method: 'POST', path: `${AUTH}/email/change`, toNothing: no.noCredentials },
  { method: 'POST', path: `${AUTH}/email/change/confirm`, toNothing: no.missing('identifier', 'code') },
  { method: 'GET', path: ME, toNothing: no.noCredentials },
  { method: 'PATCH', path: ME, toNothing: no.noCredentials },
  { method: 'GET', path: '/health' },
];

/** The whole of an answer: status, every byte of the body, and the headers that its status demands. */
export function says(answer: WireAnswer, [status, body]: Expected): void {
  assert.deepEqual([answer.status, answer.text], [status, JSON.stringify(body)]);
  assertHeaders(answer);
}

/** What every answer of the contract has, whatever it says. */
export function assertHeaders({ status, headers }: WireAnswer): void {
  assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('www-authenticate'), status === 401 ? 'Bearer' : null);
  assert.equal(headers.has('retry-after'), status === 429 || status === 503);
  if (status === 429 || status === 503) assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  assert.equal(headers.has('allow'), status === 405);
  assert.equal(headers.get('set-cookie'), null);
  assert.equal(headers.get('location'), null);
}

/** A 429 by time, with the same number in text and header. */
export function saysLimited(answer: WireAnswer): number {
  const seconds = Number(answer.headers.get('retry-after'));
  says(answer, no.limited(seconds));
  return seconds;
}

/** Two answers that nobody can tell apart: status, bytes, and headers but those that always differ (SEC-001). */
export function assertAlike(one: WireAnswer, other: WireAnswer, about = ''): void {
  assert.deepEqual({ about, ...comparable(one) }, { about, ...comparable(other) });
}

function comparable({ status, text: body, headers }: WireAnswer) {
  const volatile = ['date', 'x-request-id'];
  return { status, body, headers: [...headers].filter(([name]) => !volatile.includes(name)) };
}

export interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

export interface Person {
  readonly email: string;
  readonly password: string;
}

/** How many answers had which status. */
export function tally(answers: readonly WireAnswer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** A code that is not this one. */
export const otherThan = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export interface Claims {
  readonly user_id: string;
  readonly type: string;
  readonly iat: number;
  readonly exp: number;
  readonly sub: string;
  readonly sid: string;
  readonly jti: string;
  readonly iss: string;
  readonly aud: string;
}

/** What a token says; nothing is checked. */
export function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

/** Clients of one server. */
export class Fabric {
  readonly server: TestServer;
  #people = 0;
  readonly #hashes = new Map<string, Promise<string>>();

  constructor(server: TestServer) {
    this.server = server;
  }

  /** An address that no test has used. */
  email(name = 'person'): string {
    this.#people += 1;
    return `${name}-${this.#people}@example.com`;
  }

  /** A phone number that no test has used, in E.164. */
  phone(): string {
    this.#people += 1;
    return `+4917112${String(this.#people).padStart(5, '0')}`;
  }

  send(path: string, request?: WireRequest): Promise<WireAnswer> {
    return send(`${this.server.url}${path}`, request);
  }

  /** @param path below `/api/v1/auth/` */
  post(path: string, json?: unknown, request: WireRequest = {}): Promise<WireAnswer> {
    return this.send(`${AUTH}/${path}`, { method: 'POST', json, ...request });
  }

  signUp(identifier: string, password = PASSWORD, more: object = {}): Promise<WireAnswer> {
    return this.post('signup/', { identifier, password, ...more });
  }

  logIn(identifier: string, password = PASSWORD): Promise<WireAnswer> {
    return this.post('login/basic/', { identifier, password });
  }

  refresh(token: unknown): Promise<WireAnswer> {
    return this.post('token/refresh/', { refresh: token });
  }

  me(bearer?: string): Promise<WireAnswer> {
    return this.send(ME, bearer === undefined ? {} : { bearer });
  }

  resetWith(identifier: string, code: string, password = OTHER_PASSWORD): Promise<WireAnswer> {
    return this.post('password/reset/confirm/', {
      identifier,
      code,
      new_password: password,
      confirm_password: password,
    });
  }

  changePassword(bearer: string, oldPassword: string, newPassword: string): Promise<WireAnswer> {
    const json = { old_password: oldPassword, new_password: newPassword, confirm_password: newPassword };
    return this.post('password/change/', json, { bearer });
  }

  changeEmail(bearer: string, newEmail: string, password = PASSWORD, more: object = {}): Promise<WireAnswer> {
    const json = { new_email: newEmail, current_password: password, ...more };
    return this.post('email/change/', json, { bearer });
  }

  /** The newest message to an address. */
  async message(to: string): Promise<ReceivedMessage> {
    const [message] = await this.server.messages(to);
    assert.ok(message, `there is a message to ${to}`);
    return message;
  }

  /** The code in the newest message. */
  async code(to: string): Promise<string> {
    const { code } = await this.message(to);
    assert.match(code ?? '', /^[0-9]{6}$/);
    return code ?? '';
  }

  /** The token in the newest message's link. */
  async linkToken(to: string): Promise<string> {
    const { link = '' } = await this.message(to);
    return new URL(link).searchParams.get('code') ?? '';
  }

  /** Somebody who signed up and has confirmed nothing. */
  async pending(email = this.email(), password = PASSWORD): Promise<Person & { readonly code: string }> {
    says(await this.signUp(email, password), done('otp sent via email.'));
    return { email, password, code: await this.code(email) };
  }

  /** Somebody who signed up and confirmed. */
  async verified(email = this.email(), password = PASSWORD): Promise<Person> {
    const { code } = await this.pending(email, password);
    says(await this.post('signup/confirm/', { identifier: email, code }), done('Sign up success'));
    return { email, password };
  }

  /** An account made by an operator. A password is hashed once a file: hashing is slow on purpose. */
  async account(
    options: {
      email?: string;
      phone?: string;
      username?: string;
      password?: string;
      isVerified?: boolean;
    } = {},
  ): Promise<Account> {
    const { email, phone, username, password, isVerified = true } = options;
    const { admin, storage } = this.server.app;
    const account = await admin.createAccount({
      actor: operator,
      isVerified,
      ...(email !== undefined && { email: parseIdentifier('email', email) }),
      ...(phone !== undefined && { phone: parseIdentifier('phone', phone) }),
      ...(username !== undefined && { username: parseIdentifier('username', username) }),
    });
    if (password !== undefined) {
      await storage.passwords.set(account.id, await this.#hashOf(password), this.server.clock.now());
    }
    return account;
  }

  /** Somebody with an address, a password and perhaps other names. */
  async member(options: { email?: string; username?: string; phone?: string } = {}): Promise<Person> {
    const person = { email: this.email(), password: PASSWORD, ...options };
    await this.account(person);
    return person;
  }

  /** What a sign-up leaves that nobody confirmed; without its message, and without a hash. */
  async unconfirmed(email = this.email()): Promise<Person> {
    const { storage, core } = this.server.app;
    const outcome = await storage.accounts.create({
      id: core.random.uuid(),
      email: parseIdentifier('email', email),
      createdAt: this.server.clock.now(),
      activatedAt: null,
      emailVerifiedAt: null,
      phoneVerifiedAt: null,
    });
    assert.ok(outcome.kind === 'created');
    await storage.passwords.set(outcome.account.id, await this.#hashOf(PASSWORD), this.server.clock.now());
    return { email, password: PASSWORD };
  }

  #hashOf(password: string): Promise<string> {
    const known = this.#hashes.get(password) ?? this.server.app.core.passwords.hash(password);
    this.#hashes.set(password, known);
    return known;
  }

  /** The account that an address finds, past the contract. */
  async find(identifier: string): Promise<Account> {
    const account = await this.server.app.storage.accounts.findByIdentifier(parseContact(identifier));
    assert.ok(account, `there is an account for ${identifier}`);
    return account;
  }

  /** Signs in with a password. */
  async session(identifier: string, password = PASSWORD): Promise<Tokens> {
    return tokensOf(await this.logIn(identifier, password));
  }

  /** Signs in with a code, which costs no hash. */
  async enter(email: string): Promise<Tokens> {
    says(await this.post('login/passwordless/', { identifier: email }), done('otp sent via email.'));
    const code = await this.code(email);
    return tokensOf(await this.post('login/passwordless/confirm/', { identifier: email, code }));
  }

  /** Somebody without a password who is signed in. */
  async guest(): Promise<Tokens & { readonly email: string; readonly account: Account }> {
    const email = this.email();
    const account = await this.account({ email });
    return { email, account, ...(await this.enter(email)) };
  }

  /** How many passwords were compared so far. */
  evaluations(): number {
    return this.server.app.hashing.figures().evaluations;
  }

  /** The bytes of one connection, for requests that no client library would send. */
  raw(request: string): Promise<string> {
    const { port, hostname } = new URL(this.server.url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(request));
      let answer = '';
      socket.setEncoding('utf8').on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('close', () => resolve(answer)).on('error', reject);
    });
  }
}

/** The tokens of a successful answer, which has nothing else in it. */
export function tokensOf(answer: WireAnswer): Tokens {
  assert.equal(answer.status, 200, answer.text);
  const { access, refresh } = answer.body as Tokens;
  says(answer, [200, { access, refresh }]);
  return { access, refresh };
}

/** Until `t` ends or restores its mocks, everything that asks the database gets this error. */
export function breakDatabase(t: TestContext, { server }: Fabric, error: () => Error): void {
  const fail = async (): Promise<never> => {
    throw error();
  };
  const { storage } = server.app;
  t.mock.method(storage, 'transaction', fail);
  t.mock.method(storage, 'ping', fail);
  for (const store of Object.values(storage)) {
    if (typeof store !== 'object') continue;
    for (const [name, value] of Object.entries(store)) {
      if (typeof value === 'function') t.mock.method(store, name as never, fail);
    }
  }
}

/** Chance, but for codes that never repeat: an old code that is refused must not be the new one by accident. */
function distinctCodes(): Random {
  let drawn = systemRandom.int(1_000_000);
  return {
    ...systemRandom,
    int(max) {
      // The step shares no divisor with 10^6, so a million draws are a million codes.
      drawn = (drawn + 387_421) % 1_000_000;
      return drawn % max;
    },
  };
}

/** A server for one file of tests. Waiting for a hash is nobody's subject here but where a test says so. */
export async function start(options: TestServerOptions = {}): Promise<Fabric> {
  const env = { LATCHKEY_HASH_QUEUE_BUDGET: '60s', ...options.env };
  const overrides = { random: distinctCodes(), ...options.overrides };
  const server = await startTestServer({ ...options, env, overrides });
  after(() => server.stop());
  return new Fabric(server);
}
