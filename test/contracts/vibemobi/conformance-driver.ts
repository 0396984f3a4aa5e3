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

/** Of a trusted system; the server of the suite knows it as `conformance`. */
export const PRIVATE_KEY = '7b0f6a1e9b7d4f52a8e1670d93bb24cf';

const V1 = '/v1';
const LOGIN = `POST ${V1}/login/access-token`;
const ME = `GET ${V1}/users/me`;
const RESET = `POST ${V1}/reset-password`;
const SOMEBODY = '00000000-0000-4000-8000-000000000000';

const authorization = ({ credential }: Shown) => ({ authorization: `Bearer ${credential}` });
const bearer = (shown: Shown): Call => ({ headers: authorization(shown) });
const password = ({ credential, person }: Shown): Call => ({
  form: { username: person.email, password: credential },
});
const reset = ({ credential, person }: Shown): Call => ({
  json: { token: credential, new_password: person.newPassword },
});

/** An authorised request with a body, about the bearer unless it has other parameters. */
const writing =
  (json: (person: Person) => Record<string, unknown>) =>
  (shown: Shown): Call => ({
    headers: authorization(shown),
    json: json(shown.person),
    params: { user_id: shown.person.account?.id ?? SOMEBODY },
  });

async function logIn(client: Client, person: Person): Promise<string> {
  const answer: WireAnswer = await client.send(LOGIN, password({ credential: person.password, person }));
  assert.equal(answer.status, 200, answer.text);
  return (answer.body as { access_token: string }).access_token;
}

const newUser = ({ newEmail, newPassword }: Person) => ({
  email: newEmail,
  password: newPassword,
  full_name: 'Somebody Else',
});

const rights = { is_active: true, is_superuser: false, is_staff: false };

/** Any superuser's token; whoever is deleted or changed is somebody else than the one who asks. */
const superuser = 'superuser access token';
const anybody = ['access token', superuser];

/** Once under each prefix. */
const api = (base: string): Record<string, Endpoint> => ({
  [`POST ${base}/login/access-token`]: {
    takes: ['password'],
    call: password,
    reads: { form: { grant_type: 'password' } },
  },
  [`POST ${base}/login/test-token`]: { takes: anybody, call: bearer },
  [`POST ${base}/password-recovery/:email`]: {
    open: 'whoever asks gets a mail, if it is theirs',
    params: { email: 'nobody@example.com' },
  },
  [`POST ${base}/reset-password`]: { takes: ['recovery link'], call: reset },
  [`GET ${base}/users/me`]: { takes: anybody, call: bearer },
  [`PATCH ${base}/users/me`]: {
    takes: anybody,
    call: writing(() => ({ full_name: 'Another Name' })),
    reads: { json: { email: 'another@example.com' } },
  },
  [`PATCH ${base}/users/me/password`]: {
    takes: anybody,
    call: writing((person) => ({ current_password: person.password, new_password: person.newPassword })),
  },
  // A superuser may not delete themselves.
  [`DELETE ${base}/users/me`]: { takes: ['access token'], call: bearer },
  [`POST ${base}/users/signup`]: {
    open: 'whoever comes may sign up',
    call: ({ email, username, password: chosen }) => ({ json: { email, username, password: chosen } }),
    reads: { json: { full_name: 'A Person' } },
  },
  [`GET ${base}/users`]: { takes: [superuser], call: bearer, reads: { query: { skip: '0', limit: '1' } } },
  [`POST ${base}/users`]: {
    takes: [superuser],
    call: writing(newUser),
    reads: { json: { ...rights, username: 'another' } },
    grantsRights: 'a superuser makes users with whatever rights',
  },
  [`GET ${base}/users/:user_id`]: { takes: anybody, call: about },
  [`PATCH ${base}/users/:user_id`]: {
    takes: [superuser],
    call: writing(() => ({ full_name: 'Another Name' })),
    reads: { json: { ...rights, email: 'another@example.com', username: 'another', password: 'xq7vkw2a' } },
    grantsRights: 'a superuser changes rights',
  },
  [`DELETE ${base}/users/:user_id`]: {
    takes: [superuser],
    call: about,
    // The driver knows one account, the bearer's: that a superuser is told not to delete it is the proof of being let in.
    succeeded: ({ status, text }) => status === 200 || text.includes('not allowed to delete themselves'),
  },
  [`GET ${base}/utils/health-check`]: { open: 'load balancers ask' },
  [`POST ${base}/private/users`]: {
    takes: ['private key', superuser],
    call: writing(newUser),
    reads: { json: { is_verified: false } },
    grantsRights: 'a trusted system says who is verified',
  },
});

function about(shown: Shown): Call {
  return { headers: authorization(shown), params: { user_id: shown.person.account?.id ?? SOMEBODY } };
}

const accessToken: CredentialKind = { lives: 'session', use: 'again', provedAt: ME, issue: logIn };

export const vibemobiDriver: ContractDriver = {
  contract: 'vibemobi',
  accessKind: 'access token',
  signIn: LOGIN,
  bearer,
  kinds: {
    'access token': accessToken,
    [superuser]: { ...accessToken, to: 'superuser' },
    'recovery link': {
      lives: 'challenge',
      use: 'once',
      provedAt: RESET,
      async issue(client, { email }) {
        const answer = await client.send(`POST ${V1}/password-recovery/:email`, { params: { email } });
        assert.equal(answer.status, 200, answer.text);
        const { link = '' } = await client.message(email);
        return new URL(link).searchParams.get('token') ?? '';
      },
    },
    'private key': {
      lives: 'standing',
      use: 'again',
      provedAt: `POST ${V1}/private/users`,
      issue: async () => PRIVATE_KEY,
    },
  },
  endpoints: {
    ...api(V1),
    ...api('/api/v1'),
    'GET /reset-password': { open: 'a page that shows a form', reads: { query: { token: 'x' } } },
    'POST /reset-password': {
      takes: ['recovery link'],
      call: ({ credential, person: { newPassword } }) => ({
        form: { token: credential, new_password: newPassword, confirm_password: newPassword },
      }),
    },
  },
  events: {
    'a password change': {
      survivors: { own: true, others: false, challenges: false },
      async happen(client, person, session) {
        const json = { current_password: person.password, new_password: person.newPassword };
        const call = { json, headers: { authorization: `Bearer ${session}` } };
        assert.equal((await client.send(`PATCH ${V1}/users/me/password`, call)).status, 200);
      },
    },
    'an e-mail change': {
      survivors: { own: true, others: true, challenges: false },
      async happen(client, person, session) {
        const call = { json: { email: person.newEmail }, headers: { authorization: `Bearer ${session}` } };
        assert.equal((await client.send(`PATCH ${V1}/users/me`, call)).status, 200);
      },
    },
    'a recovery': {
      survivors: { own: false, others: false, challenges: false },
      async happen(client, person) {
        const { email } = person;
        await client.send(`POST ${V1}/password-recovery/:email`, { params: { email } });
        const { link = '' } = await client.message(email);
        const credential = new URL(link).searchParams.get('token') ?? '';
        assert.equal((await client.send(RESET, reset({ credential, person }))).status, 200);
      },
    },
    'a deletion by its owner': {
      survivors: { own: false, others: false, challenges: false },
      async happen(client, person, session) {
        const call = bearer({ credential: session, person });
        assert.equal((await client.send(`DELETE ${V1}/users/me`, call)).status, 200);
      },
    },
  },
};
