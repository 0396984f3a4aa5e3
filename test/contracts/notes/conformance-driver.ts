import assert from 'node:assert/strict';
import type {
  Client,
  ContractDriver,
  Endpoint,
  Person,
  Shown,
  WireAnswer,
} from '../../../src/contracts/conformance/index.ts';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

function tokensOf(answer: WireAnswer): Tokens {
  assert.equal(answer.status, 200, answer.text);
  return (answer.body as { tokens: Tokens }).tokens;
}

const password = ({ credential, person }: Shown) => ({
  form: { username: person.username, password: credential },
});
const bearer = ({ credential }: Shown) => ({ headers: { authorization: `Bearer ${credential}` }, form: {} });
const signUp = ({ username, email, password: chosen }: Person) => ({
  form: { username, email, password: chosen },
});

const logIn = async (client: Client, person: Person): Promise<Tokens> =>
  tokensOf(await client.send('POST /auth/login', password({ credential: person.password, person })));

/** Once under each prefix. */
const api = (base: string): Record<string, Endpoint> => ({
  [`POST ${base}/login`]: { takes: ['password'], call: password },
  [`POST ${base}/refresh`]: {
    takes: ['refresh token'],
    call: ({ credential }) => ({ form: { refresh_token: credential } }),
  },
  [`POST ${base}/current`]: { takes: ['access token'], call: bearer },
  [`POST ${base}/signup`]: { open: 'whoever comes may sign up', call: signUp },
});

export const notesDriver: ContractDriver = {
  contract: 'notes',
  accessKind: 'access token',
  signIn: 'POST /auth/login',
  bearer: ({ credential }) => ({ headers: { authorization: `Bearer ${credential}` } }),
  kinds: {
    'access token': {
      lives: 'session',
      use: 'again',
      provedAt: 'POST /auth/current',
      issue: async (client, person) => (await logIn(client, person)).access_token,
    },
    'refresh token': {
      lives: 'session',
      use: 'again',
      provedAt: 'POST /auth/refresh',
      issue: async (client, person) => (await logIn(client, person)).refresh_token,
    },
    'dead token': {
      lives: 'standing',
      use: 'again',
      // Nowhere: it stands where a refresh token would, and works for nothing.
      provedAt: '',
      async issue(client, person) {
        const { refresh_token } = await logIn(client, person);
        return tokensOf(await client.send('POST /auth/refresh', { form: { refresh_token } })).refresh_token;
      },
    },
    'sign-up link': {
      lives: 'challenge',
      use: 'once',
      to: 'stranger',
      provedAt: 'POST /verify',
      async issue(client, person) {
        assert.equal((await client.send('POST /auth/signup', signUp(person))).status, 200);
        const { link = '' } = await client.message(person.email);
        return new URL(link).searchParams.get('token') ?? '';
      },
    },
  },
  endpoints: {
    ...api('/auth'),
    ...api('/api/auth'),

    'GET /verify': { open: 'a page that shows a button', reads: { query: { token: 'x' } } },
    'POST /verify': {
      takes: ['sign-up link'],
      call: ({ credential }) => ({ form: { token: credential } }),
      succeeded: ({ text }) => text.includes('<h1>Verified</h1>'),
    },
  },
  // Its document has no way to change anything.
  events: {},
};
