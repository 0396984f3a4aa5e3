/**
 * Speaks Ibanera over a real socket, the way a partner does, and holds the words that the contract uses: written
 * down here a second time, so that a changed word in the source is a failing test.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after } from 'node:test';
import { type Account, parseIdentifier } from '../../../src/core/account/index.ts';
import { totpAt } from '../../../src/crypto/totp.ts';
import { operator } from '../../support/operator.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../../support/server.ts';
import { send, type WireAnswer, type WireRequest } from '../../support/wire.ts';

export const PUBLIC = '/api/v1/public/auth';
export const PRIVATE = '/api/v1/private/auth';
export const LOGIN = `${PUBLIC}/login`;
export const REFRESH = `${PUBLIC}/refresh`;
export const ME = `${PRIVATE}/me`;
export const LOGOUT = `${PRIVATE}/logout`;
export const PASSWORD = 'a partner’s passphrase';
export const WRONG = 'not the passphrase';

export const SECOND = 1_000;
export const STEP = 30 * SECOND;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export type Expected = readonly [status: number, body: unknown];
type Item = readonly [fieldName: string, messageCode: string];

const fails = (status: number, ...items: readonly Item[]): Expected => [
  status,
  {
    id: 0,
    details: null,
    status: '0',
    errors: items.map(([fieldName, messageCode]) => ({ fieldName, messageCode })),
  },
];

export const done = (details: object, id = 0): Expected => [200, { id, details, status: '1', errors: [] }];

/** Every refusal of the contract, as its document has it. */
export const no = {
  required: (...names: string[]) => fails(400, ...names.map((name) => [name, 'Required'] as const)),
  incorrect: fails(400, ['Username', 'Username_Or_Password_Incorrect']),
  locked: fails(400, ['Username', 'Account_Locked']),
  suppressed: fails(400, ['Username', 'Account_Suppressed']),
  notVerified: fails(400, ['Username', 'Account_Not_Verified']),
  refreshRequired: fails(400, ['RefreshToken', 'Required']),
  refreshInvalid: fails(400, ['RefreshToken', 'Invalid']),
  refreshExpired: fails(400, ['RefreshToken', 'Expired']),
  /** A 401, with one item for each header that fails. */
  headers: (...items: Item[]) => fails(401, ...items),
  token: (code: string) => fails(401, ['Authorization', code]),
  otp: (code: string) => fails(401, ['otp', code]),
  notFound: fails(404, ['', 'Not_Found']),
  method: fails(405, ['', 'Method_Not_Allowed']),
  tooLarge: fails(413, ['', 'Too_Large']),
  mediaType: fails(415, ['', 'Unsupported_Media_Type']),
  tooMany: fails(429, ['', 'Too_Many_Requests']),
  serverError: fails(500, ['', 'Server_Error']),
  unavailable: fails(503, ['', 'Unavailable']),
  malformed: fails(400, ['', 'Malformed']),
} as const;

export const ENDPOINTS = [
  { method: 'POST', path: LOGIN, toNothing: no.required('Username', 'Password', 'Otp') },
  { method: 'POST', path: REFRESH, toNothing: no.refreshRequired },
  { method: 'GET', path: ME, toNothing: no.headers(['Authorization', 'Required'], ['otp', 'Required']) },
  { method: 'POST', path: LOGOUT, toNothing: no.headers(['Authorization', 'Required'], ['otp', 'Required']) },
] as const;

/** The whole of an answer: status, every byte of the body, and the headers that its status demands. */
export function says(answer: WireAnswer, [status, body]: Expected): void {
  assert.deepEqual([answer.status, answer.text], [status, JSON.stringify(body)]);
  const { headers } = answer;
  assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('www-authenticate'), status === 401 ? 'Bearer' : null);
  assert.equal(headers.has('allow'), status === 405);
  const waits = status === 429 || status === 503 || answer.text.includes('"Account_Locked"');
  assert.equal(headers.has('retry-after'), waits);
  if (waits) assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
}

/** Two answers that nobody can tell apart: status, bytes, and headers but those that always differ (SEC-001). */
export function assertAlike(one: WireAnswer, other: WireAnswer): void {
  const comparable = ({ status, text, headers }: WireAnswer) => {
    const shown = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
    return { status, text, headers: shown };
  };
  assert.deepEqual(comparable(one), comparable(other));
}

export interface Tokens {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly refreshTokenExpiresIn: number;
}

/** The details of a successful login or refresh, in their order, with nothing else in the answer. */
export function tokensOf(answer: WireAnswer): Tokens {
  assert.equal(answer.status, 200, answer.text);
  const { accessToken, expiresIn, refreshToken, refreshTokenExpiresIn } = answer.body.details as Tokens;
  says(answer, done({ accessToken, expiresIn, refreshToken, refreshTokenExpiresIn }));
  return { accessToken, expiresIn, refreshToken, refreshTokenExpiresIn };
}

/** How many answers had which status. */
export function tally(answers: readonly WireAnswer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export interface Partner {
  readonly username: string;
  readonly password: string;
  readonly secret: string;
  readonly account: Account;
}

/** Clients of one server. */
export class Ibanera {
  readonly server: TestServer;
  #partners = 0;
  readonly #hashes = new Map<string, Promise<string>>();

  constructor(server: TestServer) {
    this.server = server;
  }

  name(): string {
    this.#partners += 1;
    return `partner-${this.#partners}`;
  }

  send(path: string, request?: WireRequest): Promise<WireAnswer> {
    return send(`${this.server.url}${path}`, request);
  }

  post(path: string, json?: unknown, request: WireRequest = {}): Promise<WireAnswer> {
    return this.send(path, { method: 'POST', json, ...request });
  }

  logIn(username: unknown, password: unknown, otp: unknown): Promise<WireAnswer> {
    return this.post(LOGIN, { username, password, otp });
  }

  refresh(refreshToken: unknown): Promise<WireAnswer> {
    return this.post(REFRESH, { refreshToken });
  }

  me(accessToken?: string, otp?: string, path = ME): Promise<WireAnswer> {
    return this.send(path, {
      ...(accessToken !== undefined && { bearer: accessToken }),
      ...(otp !== undefined && { headers: { otp } }),
    });
  }

  logOut(accessToken: string, otp: string): Promise<WireAnswer> {
    return this.send(LOGOUT, { method: 'POST', bearer: accessToken, headers: { otp } });
  }

  /** What the partner's device shows, so many steps from now. */
  code({ secret }: { readonly secret: string }, steps = 0): string {
    return totpAt(secret, this.server.clock.now() + steps * STEP);
  }

  /** A code that no step near now has. */
  wrongCode(partner: { readonly secret: string }): string {
    const good = new Set(times(7, (index) => this.code(partner, index - 3)));
    for (let candidate = 0; ; candidate += 1) {
      const code = String(candidate).padStart(6, '0');
      if (!good.has(code)) return code;
    }
  }

  /** An account made by an operator. A password is hashed once a file: hashing is slow on purpose. */
  async account(
    options: { username?: string; email?: string; password?: string; isVerified?: boolean } = {},
  ): Promise<Account> {
    const { username = this.name(), email = `${username}@example.com`, isVerified = true } = options;
    const { password = PASSWORD } = options;
    const { admin, storage } = this.server.app;
    const account = await admin.createAccount({
      actor: operator,
      isVerified,
      username: parseIdentifier('username', username),
      email: parseIdentifier('email', email),
      fullName: 'A Partner',
    });
    const hash = this.#hashes.get(password) ?? this.server.app.core.passwords.hash(password);
    this.#hashes.set(password, hash);
    await storage.passwords.set(account.id, await hash, this.server.clock.now());
    return account;
  }

  /** Somebody who may sign in here: verified, with a password and TOTP. */
  async partner(options: { username?: string; email?: string; isVerified?: boolean } = {}): Promise<Partner> {
    const account = await this.account(options);
    const { secret } = await this.server.app.admin.enrollTotp({ actor: operator, account });
    return { username: account.username ?? '', password: PASSWORD, secret, account };
  }

  /** Signs in with the code of now. */
  async session(partner: Partner): Promise<Tokens> {
    return tokensOf(await this.logIn(partner.username, partner.password, this.code(partner)));
  }

  /** A partner who is signed in. */
  async signedIn(): Promise<Partner & Tokens> {
    const partner = await this.partner();
    return { ...partner, ...(await this.session(partner)) };
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

/** A server for one file of tests. Waiting for a hash is nobody's subject here. */
export async function start(options: TestServerOptions = {}): Promise<Ibanera> {
  const env = { LATCHKEY_HASH_QUEUE_BUDGET: '60s', ...options.env };
  const server = await startTestServer({ ...options, env });
  after(() => server.stop());
  return new Ibanera(server);
}
