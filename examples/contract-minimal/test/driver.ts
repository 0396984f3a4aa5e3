import assert from 'node:assert/strict';
import type { ContractDriver, Shown } from 'latchkey/contracts';

const password = ({ credential, person }: Shown) => ({
  json: { username: person.username, password: credential },
});
const bearer = ({ credential }: Shown) => ({ headers: { authorization: `Bearer ${credential}` } });

export const driver: ContractDriver = {
  contract: 'minimal',
  signIn: 'POST /login',
  accessKind: 'token',
  bearer,
  kinds: {
    token: {
      lives: 'session',
      use: 'again',
      provedAt: 'GET /whoami',
      async issue(client, person) {
        const answer = await client.send('POST /login', password({ credential: person.password, person }));
        assert.equal(answer.status, 200, answer.text);
        return (answer.body as { token: string }).token;
      },
    },
  },
  endpoints: {
    'POST /login': { takes: ['password'], call: password },
    'GET /whoami': { takes: ['token'], call: bearer },
  },
  events: {},
};
