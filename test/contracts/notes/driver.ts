/**
 * Speaks Notes over a real socket, the way a client does, and holds the words that the contract uses: written down
 * here a second time, so that a changed word in the source is a failing test.
 */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { startTestServer, type TestServer, type TestServerOptions } from '../../support/server.ts';
import { send, type WireAnswer } from '../../support/wire.ts';
import { Fabric } from '../fabric/driver.ts';

export { assertAlike, breakDatabase, DAY, HOUR, MINUTE, SECOND, tally, times } from '../fabric/driver.ts';

export const BASES = ['/auth', '/api/auth'] as const;
export const ENDPOINTS = ['login', 'refresh', 'signup', 'current'] as const;
export const PUBLIC_URL = 'http://127.0.0.1:8000';
export const PASSWORD = 'MySecretPassword123';
export const OTHER_PASSWORD = 'another fine passphrase';

export type Expected = readonly [status: number, body: unknown];

const error = (status: number, text: string): Expected => [status, { error: text }];

/** Every refusal of the contract, as its document has it. */
export const no = {
  badRequest: error(400, 'Bad request'),
  loggedIn: error(400, 'Already logged in'),
  wrong: error(406, 'Invalid username or password'),
  inactive: error(406, 'Please check your email and activate your account.'),
  suspended: error(406, 'This account is suspended.'),
  invalidRefresh: error(406, 'Invalid request'),
  expiredRefresh: error(406, 'Expired token'),
  expired: error(403, 'Expired token'),
  taken: error(409, 'Unable to signup.'),
  notFound: error(404, 'method_not_found'),
  limited: error(429, 'Too many requests.'),
  tooLarge: error(413, 'Request too large.'),
  unavailable: error(503, 'Service temporarily unavailable.'),
  broken: error(500, 'Internal server error.'),
} as const;

/** The whole of an answer: status, every byte of the body, and the headers that its status demands. */
export function says(answer: WireAnswer, [status, body]: Expected): void {
  assert.deepEqual([answer.status, answer.text], [status, JSON.stringify(body)]);
  assertHeaders(answer);
}

/** What every answer of the API has, whatever it says. */
export function assertHeaders({ status, headers }: WireAnswer): void {
  assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.has('retry-after'), status === 429 || status === 503);
  if (headers.has('retry-after')) assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  assert.equal(headers.get('set-cookie'), null);
}

/** A page with this title. */
export function shows(answer: WireAnswer, title: string): void {
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
  assert.equal(/<h1>(.*)<\/h1>/.exec(answer.text)?.[1], title);
}

export interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

interface WireTokens {
  readonly access_token: string;
  readonly valid_for: number;
  readonly refresh_token: string;
  readonly reference_token: string;
  readonly type: string;
}

const tokensIn = (answer: WireAnswer): WireTokens => {
  assert.equal(answer.status, 200, answer.text);
  return (answer.body as { tokens: WireTokens }).tokens;
};

/** The tokens of a login, which has nothing else in it, in this order. */
export function loginOf(answer: WireAnswer, validFor = 7200): Tokens {
  const { access_token, refresh_token } = tokensIn(answer);
  const tokens = {
    access_token,
    valid_for: validFor,
    refresh_token,
    reference_token: 'auth_grant',
    type: 'api',
  };
  says(answer, [200, { message: 'Login success', tokens }]);
  assert.match(access_token, /^a\.[0-9a-f]{64}$/);
  assert.match(refresh_token, /^r\.[0-9a-f]{64}$/);
  return { access: access_token, refresh: refresh_token };
}

/** The access token of a refresh, and the dead one beside it. */
export function refreshOf(answer: WireAnswer, sent: string): Tokens {
  const { access_token, refresh_token } = tokensIn(answer);
  const tokens = { access_token, valid_for: 7200, refresh_token, reference_token: sent, type: 'api' };
  says(answer, [200, { message: 'Refresh Success', tokens }]);
  assert.match(access_token, /^a\.[0-9a-f]{64}$/);
  assert.match(refresh_token, /^d\.[0-9a-f]{32}$/);
  return { access: access_token, refresh: refresh_token };
}

export type FormFields = Readonly<Record<string, string>>;

export interface FormRequest {
  readonly base?: string;
  readonly bearer?: string;
  readonly query?: FormFields;
  readonly multipart?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Person {
  readonly username: string;
  readonly email: string;
}

/** A multipart body as a client library writes it. */
export function multipart(fields: Iterable<readonly [string, string]>): {
  body: string;
  headers: FormFields;
} {
  const boundary = '----form-of-a-test';
  const parts = [...fields].map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return {
    body: `${parts.join('')}--${boundary}--\r\n`,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}

const urlencoded = (fields: FormFields) => ({
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

/** Clients of one server. */
export class Notes {
  readonly server: TestServer;
  /** Clients of another contract of the same server. */
  readonly fabric: Fabric;
  #people = 0;

  constructor(server: TestServer) {
    this.server = server;
    this.fabric = new Fabric(server);
  }

  /** Somebody no test has met. */
  person(name = 'person'): Person {
    this.#people += 1;
    return { username: `${name}-${this.#people}`, email: `${name}-${this.#people}@notes.example` };
  }

  send(path: string, request?: Parameters<typeof send>[1]): Promise<WireAnswer> {
    return send(`${this.server.url}${path}`, request);
  }

  /** @param path below the mount */
  post(path: string, fields: FormFields = {}, request: FormRequest = {}): Promise<WireAnswer> {
    const { base = BASES[0], bearer, query } = request;
    const form = request.multipart === true ? multipart(Object.entries(fields)) : urlencoded(fields);
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
    return this.send(`${base}/${path}${search}`, {
      method: 'POST',
      body: form.body,
      headers: { ...form.headers, ...request.headers },
      ...(bearer !== undefined && { bearer }),
    });
  }

  login(username: string, password = PASSWORD, request?: FormRequest): Promise<WireAnswer> {
    return this.post('login', { username, password }, request);
  }

  refresh(token: string, request?: FormRequest): Promise<WireAnswer> {
    return this.post('refresh', { refresh_token: token }, request);
  }

  signup(person: Person, password = PASSWORD, request?: FormRequest): Promise<WireAnswer> {
    return this.post('signup', { ...person, password }, request);
  }

  current(bearer?: string): Promise<WireAnswer> {
    return this.post('current', {}, bearer === undefined ? {} : { bearer });
  }

  /** What the button of the page does. */
  verify(token: string, headers: FormFields = {}): Promise<WireAnswer> {
    const form = urlencoded({ token });
    return this.send('/verify', {
      method: 'POST',
      body: form.body,
      headers: { ...form.headers, ...headers },
    });
  }

  openLink(token: string): Promise<WireAnswer> {
    return this.send(`/verify?token=${encodeURIComponent(token)}`);
  }

  /** The link in the newest mail to somebody. */
  async link(email: string): Promise<string> {
    const [message] = await this.server.messages(email);
    assert.ok(message?.link, `there is a link for ${email}`);
    return message.link;
  }

  async linkToken(email: string): Promise<string> {
    return new URL(await this.link(email)).searchParams.get('token') ?? '';
  }

  /** Somebody who signed up and has activated nothing. */
  async pending(
    person = this.person(),
  ): Promise<Person & { readonly token: string; readonly userid: number }> {
    const answer = await this.signup(person);
    const { userid } = answer.body as { userid: number };
    says(answer, [200, { message: 'Signup success', userid }]);
    return { ...person, userid, token: await this.linkToken(person.email) };
  }

  /** Somebody with a name, an address and a password. */
  async member(person = this.person()): Promise<Person> {
    await this.fabric.account({ ...person, password: PASSWORD });
    return person;
  }

  /** Somebody who is signed in. */
  async guest(person = this.person()): Promise<Person & Tokens> {
    await this.member(person);
    return { ...person, ...loginOf(await this.login(person.username)) };
  }

  async assertWorks({ access, username }: { access: string; username: string }): Promise<void> {
    says(await this.current(access), [200, { username }]);
  }
}

/** A server for one file of tests. Waiting for a hash is nobody's subject here but where a test says so. */
export async function start(options: TestServerOptions = {}): Promise<Notes> {
  const env = { LATCHKEY_HASH_QUEUE_BUDGET: '60s', LATCHKEY_PUBLIC_URL: PUBLIC_URL, ...options.env };
  const server = await startTestServer({ ...options, env });
  after(() => server.stop());
  return new Notes(server);
}
