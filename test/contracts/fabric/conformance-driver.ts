import assert from 'node:assert/strict';
import type {
  Call,
  Client,
  ContractDriver,
  CredentialKind,
  Endpoint,
  Person,
  Shown,
  WireAnswer,
} from '../../../src/contracts/conformance/index.ts';

const AUTH = '/api/v1/auth';
const LOGIN = `POST ${AUTH}/login/basic`;
const REFRESH = `POST ${AUTH}/token/refresh`;
const ME = 'GET /api/v1/me';

interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

function tokensOf(answer: WireAnswer): Tokens {
  assert.equal(answer.status, 200, answer.text);
  return answer.body as Tokens;
}

const authorization = ({ credential }: Pick<Shown, 'credential'>) => ({
  authorization: `Bearer ${credential}`,
});
const bearer = (shown: Shown): Call => ({ headers: authorization(shown) });
const password = ({ credential, person }: Shown): Call => ({
  json: { identifier: person.email, password: credential },
});
const refresh = ({ credential }: Pick<Shown, 'credential'>): Call => ({ json: { refresh: credential } });

const delivery = { method: 'email', verification_type: 'otp' };
const messageFields: Call = { json: { identifier: 'nobody@example.com', ...delivery } };

const logIn = async (client: Client, person: Person): Promise<Tokens> =>
  tokensOf(await client.send(LOGIN, password({ credential: person.password, person })));

/** What a code or link of each purpose is asked for with, and answered with. */
interface Purpose {
  readonly name: string;
  readonly asked: string;
  readonly confirmed: string;
  readonly page: string;
  readonly to?: 'stranger';
  readonly recipient: (person: Person) => string;
  readonly request: (client: Client, person: Person) => Promise<Call>;
  /** What is sent with the code, besides. */
  readonly more?: (person: Person) => Record<string, string>;
}

const ownEmail = ({ email }: Person) => email;
const toIdentifier = async (_client: Client, { email }: Person): Promise<Call> => ({
  json: { identifier: email },
});

const purposes: readonly Purpose[] = [
  {
    name: 'sign-up',
    asked: `POST ${AUTH}/signup`,
    confirmed: `POST ${AUTH}/signup/confirm`,
    page: '/signup/verify',
    to: 'stranger',
    recipient: ownEmail,
    request: async (_client, person) => password({ credential: person.password, person }),
  },
  {
    name: 'sign-in',
    asked: `POST ${AUTH}/login/passwordless`,
    confirmed: `POST ${AUTH}/login/passwordless/confirm`,
    page: '/login/verify',
    recipient: ownEmail,
    request: toIdentifier,
  },
  {
    name: 'recovery',
    asked: `POST ${AUTH}/password/reset`,
    confirmed: `POST ${AUTH}/password/reset/confirm`,
    page: '/password-reset/verify',
    recipient: ownEmail,
    request: toIdentifier,
    more: ({ newPassword }) => ({ new_password: newPassword, confirm_password: newPassword }),
  },
  {
    name: 'e-mail change',
    asked: `POST ${AUTH}/email/change`,
    confirmed: `POST ${AUTH}/email/change/confirm`,
    page: '/email-change/verify',
    recipient: ({ newEmail }) => newEmail,
    async request(client, person) {
      const { access: credential } = await logIn(client, person);
      const json = { new_email: person.newEmail, current_password: person.password };
      return { json, headers: authorization({ credential }) };
    },
  },
];

async function ask(client: Client, person: Person, purpose: Purpose, form: 'otp' | 'link') {
  const call = await purpose.request(client, person);
  const json = { ...call.json, verification_type: form };
  const answer = await client.send(purpose.asked, { ...call, json });
  assert.equal(answer.status, 200, answer.text);
  return client.message(purpose.recipient(person));
}

const names = ({ name }: Purpose) => [`${name} code`, `${name} link`];

function kindsOf(purpose: Purpose): [string, CredentialKind][] {
  const { confirmed: provedAt, to } = purpose;
  const common = { lives: 'challenge', use: 'once', provedAt, ...(to && { to }) } as const;
  const [code = '', link = ''] = names(purpose);
  return [
    [
      code,
      {
        ...common,
        guessable: true,
        issue: async (client, person) => (await ask(client, person, purpose, 'otp')).code ?? '',
      },
    ],
    [
      link,
      {
        ...common,
        async issue(client, person) {
          const message = await ask(client, person, purpose, 'link');
          return new URL(message.link ?? '').searchParams.get('code') ?? '';
        },
      },
    ],
  ];
}

function endpointsOf(purpose: Purpose): [string, Endpoint][] {
  const { recipient, confirmed, page, more = () => ({}) } = purpose;
  const fields = ({ credential, person }: Shown) => ({
    identifier: recipient(person),
    code: credential,
    ...more(person),
  });
  return [
    [confirmed, { takes: names(purpose), call: (shown) => ({ json: fields(shown) }) }],
    [
      `GET ${page}`,
      { open: 'a page that shows a button', reads: { query: { identifier: 'a@example.com', code: 'x' } } },
    ],
    [`POST ${page}`, { takes: names(purpose), call: (shown) => ({ form: fields(shown) }) }],
  ];
}

const changePassword = (shown: Shown): Call => ({
  headers: authorization(shown),
  json: {
    old_password: shown.person.password,
    new_password: shown.person.newPassword,
    confirm_password: shown.person.newPassword,
  },
});

/** Lets a code of this purpose do what it is for. */
async function confirm(client: Client, person: Person, name: string): Promise<void> {
  const purpose = purposes.find((known) => known.name === name) ?? assert.fail(name);
  const { code = '' } = await ask(client, person, purpose, 'otp');
  const json = { identifier: purpose.recipient(person), code, ...purpose.more?.(person) };
  assert.equal((await client.send(purpose.confirmed, { json })).status, 200);
}

export const fabricDriver: ContractDriver = {
  contract: 'fabric',
  accessKind: 'access token',
  signIn: LOGIN,
  bearer,
  kinds: {
    'access token': {
      lives: 'session',
      use: 'again',
      provedAt: ME,
      issue: async (client, person) => (await logIn(client, person)).access,
    },
    'refresh token': {
      lives: 'session',
      use: 'exchanged',
      provedAt: REFRESH,
      issue: async (client, person) => (await logIn(client, person)).refresh,
    },
    ...Object.fromEntries(purposes.flatMap(kindsOf)),
  },
  endpoints: {
    [`POST ${AUTH}/signup`]: {
      open: 'whoever comes may sign up',
      call: (person) => password({ credential: person.password, person }),
      reads: { json: delivery },
    },
    [`POST ${AUTH}/signup/otp/resend`]: { open: 'whoever signed up may ask again', reads: messageFields },
    [`POST ${AUTH}/login/passwordless`]: { open: 'whoever asks gets a mail', reads: messageFields },
    [`POST ${AUTH}/password/reset`]: { open: 'whoever asks gets a mail', reads: messageFields },
    'GET /health': { open: 'load balancers ask' },
    ...Object.fromEntries(purposes.flatMap(endpointsOf)),
    [LOGIN]: { takes: ['password'], call: password },
    [REFRESH]: { takes: ['refresh token'], call: refresh },
    [ME]: { takes: ['access token'], call: bearer },
    'PATCH /api/v1/me': {
      takes: ['access token'],
      call: (shown) => ({ headers: authorization(shown), json: { bio: 'Somebody.' } }),
      reads: { json: { first_name: 'A', last_name: 'Person', date_of_birth: '2000-01-01' } },
    },
    [`POST ${AUTH}/password/change`]: { takes: ['access token'], call: changePassword },
    [`POST ${AUTH}/email/change`]: {
      takes: ['access token'],
      call: (shown) => ({
        headers: authorization(shown),
        json: { new_email: shown.person.newEmail, current_password: shown.person.password },
      }),
      reads: { json: { verification_type: 'otp' } },
    },
  },
  events: {
    'a password change': {
      survivors: { own: true, others: false, challenges: false },
      async happen(client, person, credential) {
        const answer = await client.send(
          `POST ${AUTH}/password/change`,
          changePassword({ credential, person }),
        );
        assert.equal(answer.status, 200);
      },
    },
    'a recovery': {
      survivors: { own: false, others: false, challenges: false },
      happen: (client, person) => confirm(client, person, 'recovery'),
    },
    'an e-mail change': {
      survivors: { own: true, others: true, challenges: false },
      happen: (client, person) => confirm(client, person, 'e-mail change'),
    },
    'a passwordless sign-in': {
      survivors: { own: true, others: true, challenges: true },
      spends: ['sign-in code', 'sign-in link'],
      happen: (client, person) => confirm(client, person, 'sign-in'),
    },
    'a refresh token that comes back': {
      survivors: { own: true, others: true, challenges: true },
      async happen(client, person) {
        const { refresh: credential } = await logIn(client, person);
        const { access } = tokensOf(await client.send(REFRESH, refresh({ credential })));
        client.server.clock.advance(31_000);
        assert.equal((await client.send(REFRESH, refresh({ credential }))).status, 401);
        assert.equal((await client.send(ME, bearer({ credential: access, person }))).status, 401);
      },
    },
    'a lockout': {
      survivors: { own: true, others: true, challenges: true },
      async happen(client, person) {
        for (let index = 0; index < 5; index += 1) {
          const answer = await client.send(LOGIN, password({ credential: `guess ${index}`, person }));
          assert.equal(answer.status, 401);
        }
        const right = await client.send(LOGIN, password({ credential: person.password, person }));
        assert.equal(right.status, 429);
      },
    },
  },
};
