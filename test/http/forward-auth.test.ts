import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { contracts } from '../../src/contracts/index.ts';
import { type Account, parseIdentifier } from '../../src/core/account/index.ts';
import { totpAt } from '../../src/crypto/totp.ts';
import { accountHeaders } from '../../src/http/index.ts';
import { operator } from '../support/operator.ts';
import { startTestServer } from '../support/server.ts';
import { send, type WireAnswer } from '../support/wire.ts';

const PASSWORD = 'a long passphrase';
const server = await startTestServer();
after(() => server.stop());
const { app, url, clock } = server;

interface Person {
  readonly account: Account;
  readonly secret: string;
}

let people = 0;
async function person(username = `person-${people}`): Promise<Person> {
  people += 1;
  const account = await app.admin.createAccount({
    actor: operator,
    isVerified: true,
    email: parseIdentifier('email', `person-${people}@example.com`),
    username: parseIdentifier('username', username),
    password: PASSWORD,
  });
  const { secret } = await app.admin.enrollTotp({ actor: operator, account });
  return { account, secret };
}

type Headers = Readonly<Record<string, string>>;

/** How each contract's own clients come by the headers of an authorised request. */
const ways = {
  async fabric({ account }) {
    const json = { identifier: account.email, password: PASSWORD };
    const { body } = await send(`${url}/api/v1/auth/login/basic`, { json });
    return { authorization: `Bearer ${body.access}` };
  },
  async ibanera({ account, secret }) {
    const otp = totpAt(secret, clock.now());
    const json = { username: account.username, password: PASSWORD, otp };
    const { body } = await send(`${url}/api/v1/public/auth/login`, { json });
    return { authorization: `Bearer ${body.details.accessToken}`, otp };
  },
  async vibemobi({ account }) {
    const { body } = await send(
      `${url}/v1/login/access-token`,
      form({ username: account.email, password: PASSWORD }),
    );
    return { authorization: `Bearer ${body.access_token}` };
  },
  async notes({ account }) {
    const { body } = await send(
      `${url}/auth/login`,
      form({ username: account.username, password: PASSWORD }),
    );
    return { authorization: `Bearer ${body.tokens.access_token}` };
  },
} satisfies Record<string, (person: Person) => Promise<Headers>>;

const form = (fields: Record<string, string | null>) => ({
  body: new URLSearchParams(fields as Record<string, string>).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

/** A route of the contract's own whose refusals are compared with those of forward-auth. */
const protectedPaths: Record<string, string> = {
  fabric: '/api/v1/me',
  ibanera: '/api/v1/private/auth/me',
  vibemobi: '/v1/users/me',
  notes: '/auth/current',
};

/** Notes has a 400 for what is no token, which no proxy would pass on: everybody is told what an expired one is told. */
const keptOut = (contract: string) => (contract === 'notes' ? 403 : 401);
const challenge = (contract: string) => (contract === 'notes' ? null : 'Bearer');

const ask = (contract: string, headers: Headers = {}, method = 'GET') =>
  send(`${url}/forward-auth/${contract}`, { method, headers });

const NAMES = ['account-id', 'account-number', 'username', 'email', 'email-verified', 'roles'];
const shown = ({ headers }: WireAnswer) => NAMES.map((name) => headers.get(`x-auth-${name}`));

/** Of an account that has proved its e-mail address and has no role. */
const expected = ({ id, number, username, email }: Account) => [
  id,
  String(number),
  username,
  email,
  'true',
  '',
];

for (const [contract, enter] of Object.entries(ways)) {
  describe(`forward-auth of ${contract}`, () => {
    test('says whose a request is, and nothing else', async () => {
      const somebody = await person();
      const headers = await enter(somebody);
      for (const path of [contract, `${contract}/`]) {
        const answer = await ask(path, headers);
        assert.deepEqual([answer.status, answer.text], [200, '']);
        assert.deepEqual(shown(answer), expected(somebody.account));
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        assert.equal(answer.headers.get('set-cookie'), null);
      }
      const head = await ask(contract, headers, 'HEAD');
      assert.deepEqual([head.status, shown(head)], [200, expected(somebody.account)]);
    });

    test('lets a request pass whose body, which it does not get, is packed or in another charset', async () => {
      const headers = await enter(await person());
      for (const [name, value] of [
        ['content-encoding', 'gzip'],
        ['content-type', 'text/plain; charset=iso-8859-1'],
      ] as const) {
        assert.equal((await ask(contract, { ...headers, [name]: value })).status, 200, value);
      }
    });

    test('refuses in the contract’s own words', async () => {
      const own = protectedPaths[contract] ?? assert.fail(contract);
      for (const headers of [
        {},
        { authorization: 'Bearer garbage' },
        { authorization: 'Bearer garbage', otp: '123456' },
        { authorization: 'Basic YTpi' },
      ]) {
        const [here, there] = [await ask(contract, headers), await send(`${url}${own}`, { headers })];
        const text = contract === 'notes' ? '{"error":"Expired token"}' : there.text;
        assert.deepEqual([here.status, here.text], [keptOut(contract), text]);
        assert.equal(here.headers.get('www-authenticate'), challenge(contract));
        assert.deepEqual(
          shown(here),
          NAMES.map(() => null),
        );
      }
    });

    // SEC-061
    test('refuses a revoked session at the very next request', async () => {
      const somebody = await person();
      const headers = await enter(somebody);
      assert.equal((await ask(contract, headers)).status, 200);
      await app.admin.revokeSessions({ actor: operator, account: somebody.account });
      assert.equal((await ask(contract, headers)).status, keptOut(contract));
    });

    test('refuses a deleted account with a status that proxies pass on', async () => {
      const somebody = await person();
      const headers = await enter(somebody);
      await app.admin.deleteAccount({ actor: operator, account: somebody.account });
      const answer = await ask(contract, headers);
      const seen = [answer.status, answer.headers.get('www-authenticate')];
      assert.deepEqual(seen, [keptOut(contract), challenge(contract)]);
    });

    test('believes no header that a client sends', async () => {
      const [somebody, victim] = [await person(), await person()];
      const forged = accountHeaders(victim.account);
      assert.equal((await ask(contract, forged)).status, keptOut(contract));
      const answer = await ask(contract, { ...forged, ...(await enter(somebody)) });
      assert.deepEqual(shown(answer), expected(somebody.account));
    });

    // SEC-050
    test('takes no token of another contract', async () => {
      const somebody = await person();
      for (const [other, enterThere] of Object.entries(ways)) {
        if (other === contract) continue;
        const otp = totpAt(somebody.secret, clock.now());
        assert.equal(
          (await ask(contract, { ...(await enterThere(somebody)), otp })).status,
          keptOut(contract),
        );
      }
    });
  });
}

test('every contract that is mounted and has access tokens offers it', async () => {
  const offered = app.mounts.filter(({ prefixes }) => prefixes[0]?.startsWith('/forward-auth/'));
  const names = contracts.map(({ name }) => name);
  assert.deepEqual(
    offered.map(({ contract }) => contract),
    names,
  );
  assert.deepEqual(Object.keys(ways).toSorted(), names.toSorted());
});

test('a contract that is not mounted offers none, and nothing is found beside them', async (t) => {
  const small = await startTestServer({ env: { LATCHKEY_CONTRACTS: 'fabric' } });
  t.after(() => small.stop());
  for (const path of ['ibanera', 'nobody', '', 'fabricated', 'fabricated/fabric']) {
    assert.equal((await send(`${small.url}/forward-auth/${path}`)).status, 404, path);
  }
  assert.equal((await send(`${small.url}/forward-auth/fabric`)).status, 401);
});

test('a name that no header can carry is percent-encoded, and can be read back', async () => {
  const names = ['josé', '名前', 'a%b', 'x:y', '💡'];
  for (const name of names) {
    const somebody = await person(name);
    const answer = await ask('fabric', await ways.fabric(somebody));
    const header = answer.headers.get('x-auth-username') ?? '';
    assert.match(header, /^[\x21-\x7e]+$/);
    assert.equal(decodeURIComponent(header), name);
  }
});

test('an e-mail address that nobody has proved is not passed on, at any contract', async () => {
  const email = parseIdentifier('email', 'ceo@victim-corp.example');
  const account = await app.admin.createAccount({
    actor: operator,
    isVerified: false,
    email,
    password: PASSWORD,
  });
  assert.equal(account.email, 'ceo@victim-corp.example');
  const headers = accountHeaders(account);
  assert.deepEqual([headers['x-auth-email'], headers['x-auth-email-verified']], ['', 'false']);
  // VibeMobi signs in without a proof.
  const { body } = await send(
    `${url}/v1/login/access-token`,
    form({ username: account.email, password: PASSWORD }),
  );
  const answer = await ask('vibemobi', { authorization: `Bearer ${body.access_token}` });
  assert.deepEqual(shown(answer), [
    account.id,
    String(account.number),
    account.username ?? '',
    '',
    'false',
    '',
  ]);
});

test('roles are a comma list', async () => {
  for (const [rights, roles] of [
    [{ isSuperuser: true }, 'superuser'],
    [{ isStaff: true }, 'staff'],
    [{ isSuperuser: true, isStaff: true }, 'superuser,staff'],
  ] as const) {
    const { account } = await person();
    assert.equal(accountHeaders({ ...account, ...rights })['x-auth-roles'], roles);
  }
  const superuser = await app.admin.createAccount({
    actor: operator,
    isVerified: true,
    isSuperuser: true,
    email: parseIdentifier('email', 'root@example.com'),
    password: PASSWORD,
  });
  const answer = await ask('fabric', await ways.fabric({ account: superuser, secret: '' }));
  assert.equal(answer.headers.get('x-auth-roles'), 'superuser');
});

test('who has no username and no e-mail gets both headers, empty', async () => {
  const account = await app.admin.createAccount({
    actor: operator,
    isVerified: true,
    phone: { kind: 'phone', value: '+4917012345678', key: '+4917012345678' },
    password: PASSWORD,
  });
  const json = { identifier: account.phone, password: PASSWORD };
  const { body } = await send(`${url}/api/v1/auth/login/basic`, { json });
  const answer = await ask('fabric', { authorization: `Bearer ${body.access}` });
  assert.deepEqual(shown(answer), [account.id, String(account.number), '', '', 'false', '']);
});

// SEC-036
test('a wrong code counts there as it does at the contract’s own routes', async () => {
  const somebody = await person();
  const headers = await ways.ibanera(somebody);
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await ask('ibanera', { ...headers, otp: 'wrong' })).status, 401);
  }
  assert.match((await ask('ibanera', headers)).text, /"Authorization","messageCode":"Invalid"/);
});

// SEC-087
test('nothing that a proxy hands over is logged', async () => {
  const somebody = await person();
  const headers = await ways.ibanera(somebody);
  await ask('ibanera', headers);
  await ask('ibanera', { ...headers, otp: 'not-a-code-at-all' });
  const logged = server.logged();
  const [, token = assert.fail()] = headers.authorization.split(' ');
  assert.equal(logged.includes(token), false);
  assert.equal(logged.includes('not-a-code-at-all'), false);
});
