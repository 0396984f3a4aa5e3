import assert from 'node:assert/strict';
import type {
  Client,
  ContractDriver,
  Person,
  Shown,
  WireAnswer,
} from '../../../src/contracts/conformance/index.ts';

const LOGIN = 'POST /api/v1/public/auth/login';
const REFRESH = 'POST /api/v1/public/auth/refresh';
const ME = 'GET /api/v1/private/auth/me';
const LOGOUT = 'POST /api/v1/private/auth/logout';

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

function tokensOf(answer: WireAnswer): Tokens {
  assert.equal(answer.status, 200, answer.text);
  return (answer.body as { details: Tokens }).details;
}

const password = ({ credential, person }: Shown) => ({
  json: { username: person.username, password: credential, otp: person.totp() },
});
const bearer = ({ credential, person }: Shown) => ({
  headers: { authorization: `Bearer ${credential}`, otp: person.totp() },
});
const token = ({ credential }: Pick<Shown, 'credential'>) => ({ json: { refreshToken: credential } });

async function logIn(client: Client, person: Person): Promise<Tokens> {
  // One code opens one session.
  client.server.clock.advance(30_000);
  return tokensOf(await client.send(LOGIN, password({ credential: person.password, person })));
}

export const ibaneraDriver: ContractDriver = {
  contract: 'ibanera',
  accessKind: 'access token',
  signIn: LOGIN,
  bearer,
  kinds: {
    'access token': {
      lives: 'session',
      use: 'again',
      provedAt: ME,
      issue: async (client, person) => (await logIn(client, person)).accessToken,
    },
    'refresh token': {
      lives: 'session',
      use: 'exchanged',
      provedAt: REFRESH,
      issue: async (client, person) => (await logIn(client, person)).refreshToken,
    },
  },
  endpoints: {
    [LOGIN]: { takes: ['password'], call: password },
    [REFRESH]: { takes: ['refresh token'], call: token },
    [ME]: { takes: ['access token'], call: bearer },
    [LOGOUT]: { takes: ['access token'], call: bearer },
  },
  events: {
    'a logout': {
      survivors: { own: false, others: true, challenges: true },
      async happen(client, person, session) {
        assert.equal((await client.send(LOGOUT, bearer({ credential: session, person }))).status, 200);
      },
    },
    'a refresh token that comes back': {
      survivors: { own: true, others: true, challenges: true },
      async happen(client, person) {
        const { refreshToken: credential } = await logIn(client, person);
        const successor = tokensOf(await client.send(REFRESH, token({ credential })));
        client.server.clock.advance(31_000);
        assert.equal((await client.send(REFRESH, token({ credential }))).status, 400);
        const call = bearer({ credential: successor.accessToken, person });
        assert.equal((await client.send(ME, call)).status, 401, 'its session is over');
      },
    },
  },
};
