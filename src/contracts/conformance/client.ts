import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { parseIdentifier } from '../../core/account/index.ts';
import type { Actor } from '../../core/audit/index.ts';
import { systemRandom } from '../../crypto/random.ts';
import { makeTotpSecret, totpAt } from '../../crypto/totp.ts';
import type { Call, Person, WireAnswer } from './driver.ts';
import type { ConformanceServer, ReceivedMessage } from './suite.ts';

/** The actor of flows that this suite calls directly. */
export const operator: Actor = { door: 'conformance', by: 'cli:conformance' };

/** Somebody whose device can be replaced. */
export interface Somebody extends Person {
  enroll(secret: string): void;
}

/** What is done to a server: over the wire what clients do, past it what operators do. */
export class Client {
  readonly server: ConformanceServer;
  /** What its requests say they come from, to a server that trusts this machine as a proxy. */
  readonly #address: string | undefined;

  constructor(server: ConformanceServer, address?: string) {
    this.server = server;
    this.#address = address;
  }

  get admin() {
    return this.server.app.admin;
  }

  /** @param endpoint method and path, as `POST /auth/login` or with `:name` in it */
  async send(endpoint: string, { json, form, query, headers, params = {} }: Call = {}): Promise<WireAnswer> {
    const [method = '', template = ''] = endpoint.split(' ');
    const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
    const body = json !== undefined ? JSON.stringify(json) : form && new URLSearchParams(form).toString();
    const type = json !== undefined ? 'application/json' : 'application/x-www-form-urlencoded';
    const response = await fetch(`${this.server.url}${path}${search}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(body !== undefined && { 'content-type': type }),
        ...(this.#address !== undefined && { 'x-forwarded-for': this.#address }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const { status, headers: received } = response;
    return { status, headers: received, text, body: isJson && text !== '' ? JSON.parse(text) : undefined };
  }

  /** The newest message to an address. */
  async message(to: string): Promise<ReceivedMessage> {
    const [message] = await this.server.messages(to);
    assert.ok(message, `there is a message to ${to}`);
    return message;
  }

  /** A person whom nobody knows yet, with a device of their own. */
  stranger(): Somebody {
    return somebody(this.server, undefined, makeTotpSecret(systemRandom));
  }

  /** A person who may sign in everywhere: active, verified, with every name, a password and a device. */
  async member({ isSuperuser = false } = {}): Promise<Somebody> {
    const person = this.stranger();
    const account = await this.admin.createAccount({
      actor: operator,
      isVerified: true,
      isSuperuser,
      email: parseIdentifier('email', person.email),
      username: parseIdentifier('username', person.username),
      fullName: 'A Person',
      password: person.password,
    });
    const { secret } = await this.admin.enrollTotp({ actor: operator, account });
    return somebody(this.server, { ...person, account }, secret);
  }

  person(to: 'member' | 'stranger' | 'superuser' = 'member'): Promise<Somebody> {
    if (to === 'stranger') return Promise.resolve(this.stranger());
    return this.member({ isSuperuser: to === 'superuser' });
  }

  /** How many passwords were compared while something was done. */
  async comparisons(work: () => Promise<unknown>): Promise<number> {
    const { hashing } = this.server.app;
    const before = hashing.figures().evaluations;
    await work();
    return hashing.figures().evaluations - before;
  }
}

function somebody(
  { clock }: ConformanceServer,
  known: Omit<Person, 'totp'> | undefined,
  secret: string,
): Somebody {
  const name = `p${randomUUID().slice(0, 13)}`;
  let device = secret;
  const names = known ?? {
    email: `${name}@example.com`,
    newEmail: `${name}.moved@example.net`,
    username: name,
    password: `a passphrase ${randomUUID()}`.slice(0, 40),
    newPassword: `another one ${randomUUID()}`.slice(0, 40),
    account: undefined,
  };
  return {
    ...names,
    totp: () => totpAt(device, clock.now()),
    enroll(replacement) {
      device = replacement;
    },
  };
}
