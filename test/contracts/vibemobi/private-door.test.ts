import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import type { WireRequest } from '../../support/wire.ts';
import {
  badField,
  complaints,
  fabricSays,
  JSON_TYPE,
  MINUTE,
  missing,
  no,
  PASSWORD,
  PREFIXES,
  SECOND,
  says,
  start,
  tally,
  times,
  user,
  type VibeMobi,
} from './driver.ts';

const billing = 'b1e5f0c86a7d4932a0c1d7e84f29c35b';
const bare = '7c02d9e1f48b4a6fb35d6810ac9e42f7';
const keys = { LATCHKEY_PRIVATE_KEYS: `billing:${billing},${bare}` };
/** Its clients are whoever the proxy beside it says that they are. */
const behindProxy = { LATCHKEY_TRUST_PROXY: '127.0.0.1/32' };
const vibemobi = await start({ env: keys });
const { fabric } = vibemobi;

const body = (email = vibemobi.email(), more: object = {}) => ({
  email,
  password: PASSWORD,
  full_name: 'Grace Hopper',
  ...more,
});

const bring = (request: WireRequest, json: object = body(), where: VibeMobi = vibemobi) =>
  where.post('/private/users/', json, request);

const from = (...addresses: string[]): WireRequest => ({
  bearer: billing,
  headers: { 'x-forwarded-for': addresses.join(', ') },
});

describe('a trusted system', () => {
  test('makes a user: username as the e-mail, active, no rights, under each prefix and slash form', async () => {
    for (const prefix of PREFIXES) {
      for (const slash of ['', '/']) {
        const json = body();
        const answer = await fabric.send(`${prefix}/private/users${slash}`, { json, bearer: billing });
        const { id } = answer.body;
        says(answer, [200, user({ email: json.email, id, full_name: 'Grace Hopper' })]);
        await vibemobi.session(json.email);
      }
    }
  });

  test('is let in by any of the keys, or as a superuser, and the trail names which', async () => {
    const root = await vibemobi.superuser();
    for (const [token, name] of [
      [billing, /billing/],
      [bare, /key-2/],
      [root.bearer, new RegExp(root.id)],
    ] as const) {
      const { status, body: made } = await bring({ bearer: token });
      assert.equal(status, 200);
      const trail = await vibemobi.audit();
      const use = trail.find(({ type }) => type === 'private_door_used');
      const creation = trail.find(({ accountId }) => accountId === made.id);
      for (const event of [use, creation]) {
        assert.equal(event?.door, 'vibemobi');
        assert.match(event?.actor ?? '', name);
      }
      assert.ok(!JSON.stringify(trail).includes(token));
    }
    says(
      await bring({ headers: { authorization: `bEARER ${billing}` } }, {}),
      missing('email', 'password', 'full_name'),
    );
  });

  test('leaves a trace of every use, whatever comes of it', async () => {
    const uses = async () =>
      (await vibemobi.audit()).filter(({ type }) => type === 'private_door_used').length;
    const before = await uses();
    await bring({ bearer: billing }, {});
    await bring({ bearer: billing }, body((await vibemobi.member()).email));
    assert.equal((await uses()) - before, 2);
  });

  test('sends no mail', async () => {
    const email = vibemobi.email();
    await bring({ bearer: billing }, body(email));
    assert.deepEqual(await vibemobi.server.messages(email), []);
  });

  test('may say that the e-mail is verified: then Fabric lets the user in', async () => {
    for (const is_verified of [true, 'yes', 1]) {
      const email = vibemobi.email();
      assert.equal((await bring({ bearer: billing }, body(email, { is_verified }))).status, 200);
      await fabric.session(email);
      await vibemobi.session(email);
    }
    for (const more of [{}, { is_verified: false }]) {
      const email = vibemobi.email();
      assert.equal((await bring({ bearer: billing }, body(email, more))).status, 200);
      await vibemobi.session(email);
      says(await fabric.logIn(email), fabricSays.unverified);
    }
  });

  test('sets any password of 1 to 1,024 bytes', async () => {
    for (const password of [
      'x',
      ' ',
      '12345678',
      'x'.repeat(1_024),
      '\u20ac'.repeat(341),
      '\u{1f511}'.repeat(256),
    ]) {
      const email = vibemobi.email();
      assert.equal((await bring({ bearer: billing }, body(email, { password }))).status, 200, password);
      await vibemobi.session(email, password);
    }
    for (const password of ['x'.repeat(1_025), '\u20ac'.repeat(342), '\u{1f511}'.repeat(257)]) {
      says(
        await bring({ bearer: billing }, body(undefined, { password })),
        badField('password', complaints.atMost(1_024)),
      );
    }
    says(
      await bring({ bearer: billing }, body(undefined, { password: '' })),
      badField('password', complaints.atLeast(1)),
    );
  });

  test('gives no rights and sets nothing else', async () => {
    const more = {
      is_superuser: true,
      is_staff: true,
      is_active: false,
      username: 'root',
      id: 'x',
      number: 7,
    };
    const json = body(undefined, more);
    const answer = await bring({ bearer: billing }, json);
    says(answer, [200, user({ email: json.email, id: answer.body.id, full_name: 'Grace Hopper' })]);
  });

  test('is told when the user is there already, in any spelling', async () => {
    const { email } = await vibemobi.member();
    for (const taken of [email, email.toUpperCase(), ` ${email}`]) {
      says(await bring({ bearer: billing }, body(taken)), no.emailConflict);
    }
  });

  // SEC-089
  test('that sends one user fifty times at once makes one', async () => {
    const email = vibemobi.email();
    const answers = await Promise.all(times(50, () => bring({ bearer: billing }, body(email))));
    assert.deepEqual(tally(answers), { 200: 1, 409: 49 });
    for (const answer of answers) if (answer.status === 409) says(answer, no.emailConflict);
    await vibemobi.session(email);
  });
});

describe('the private door stays shut', () => {
  test('without credentials, and is shut before the body is read', async () => {
    for (const json of [body(), {}, { email: [] }]) {
      says(await bring({}, json), no.notAuthenticated);
      says(await bring({ bearer: 'x' }, json), no.badCredentials);
    }
    for (const authorization of ['', 'Bearer', 'Bearer ', `Basic ${billing}`, billing]) {
      says(await bring({ headers: { ...JSON_TYPE, authorization } }), no.notAuthenticated);
    }
  });

  test('to a key that comes with another header of its kind', async () => {
    const json = JSON.stringify(body());
    const head = `POST ${PREFIXES[0]}/private/users/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
    const sent = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n`;
    for (const other of ['Bearer x', `Bearer ${billing}`, 'Basic x']) {
      const keys = `Authorization: Bearer ${billing}\r\nAuthorization: ${other}\r\n`;
      assert.match(await fabric.raw(`${head}${sent}${keys}\r\n${json}`), /^HTTP\/1\.1 401 /, other);
    }
  });

  // SEC-055
  test('to a key that is nearly one, or the name of one', async () => {
    for (const token of [
      billing.slice(0, -1),
      `${billing}x`,
      billing.toUpperCase(),
      `billing:${billing}`,
      'billing',
      'key-2',
      `${billing},${bare}`,
      ' ',
      'x'.repeat(5_000),
    ].filter((text) => text.trim() !== '')) {
      says(await bring({ bearer: token }), no.badCredentials);
    }
  });

  test('to the token of an ordinary user, of staff, and of another contract', async () => {
    const { id, email, bearer } = await vibemobi.member();
    says(await bring({ bearer }), no.noPrivileges);
    await vibemobi.server.app.storage.accounts.setRights(id, { isStaff: true });
    says(await bring({ bearer }), no.noPrivileges);
    const { access } = await fabric.enter(email);
    says(await bring({ bearer: access }), no.badCredentials);
  });

  test('to a superuser who is inactive, deleted or signed out', async () => {
    const [off, gone, out] = [
      await vibemobi.superuser(),
      await vibemobi.superuser(),
      await vibemobi.superuser(),
    ];
    const { admin } = vibemobi.server.app;
    await admin.disableAccount({ actor: operator, account: off.account });
    await admin.deleteAccount({ actor: operator, account: gone.account });
    await admin.revokeSessions({ actor: operator, account: out.account });
    says(await bring({ bearer: off.bearer }), no.inactive);
    says(await bring({ bearer: gone.bearer }), no.userNotFound);
    says(await bring({ bearer: out.bearer }), no.badCredentials);
  });

  test('and its keys open no other door', async () => {
    says(await vibemobi.get('/users/me', billing), no.badCredentials);
    says(await vibemobi.get('/users/', billing), no.badCredentials);
    says(await fabric.me(billing), fabricSays.badToken);
  });
});

describe('the networks of the private door', () => {
  test('are this machine and the private ranges, unless the operator says otherwise', async () => {
    const proxied = await start({ env: { ...keys, ...behindProxy } });
    for (const address of [
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.7.7',
      '::1',
      'fd00::7',
    ]) {
      assert.equal((await bring(from(address), body(), proxied)).status, 200, address);
    }
    for (const address of [
      '203.0.113.7',
      '172.32.0.1',
      '11.0.0.1',
      '8.8.8.8',
      '2001:db8::1',
      '::ffff:8.8.8.8',
    ]) {
      says(await bring(from(address), body(), proxied), no.forbidden);
    }
    // The client wrote the first, the proxy the last.
    says(await bring(from('10.1.2.3', '203.0.113.7'), body(), proxied), no.forbidden);
    says(await bring({ headers: { 'x-forwarded-for': '203.0.113.7' } }, body(), proxied), no.forbidden);
    const root = await proxied.superuser();
    says(await bring({ ...from('203.0.113.7'), bearer: root.bearer }, body(), proxied), no.forbidden);
  });

  // SEC-078
  test('are judged by the peer where no proxy is trusted, whatever a header says', async () => {
    const elsewhere = await start({
      env: { ...keys, LATCHKEY_PRIVATE_NETWORKS: '10.0.0.0/8,2001:db8::/32' },
    });
    says(await bring({ bearer: billing }, body(), elsewhere), no.forbidden);
    for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'true-client-ip', 'x-client-ip']) {
      for (const value of ['10.1.2.3', 'for=10.1.2.3', '2001:db8::1']) {
        says(await bring({ bearer: billing, headers: { [name]: value } }, body(), elsewhere), no.forbidden);
      }
    }
    const lying = { bearer: billing, headers: { 'x-forwarded-for': '203.0.113.7' } };
    assert.equal((await bring(lying)).status, 200);
  });

  test('are asked before the key: a stranger does not learn whether it was right', async () => {
    const elsewhere = await start({ env: { ...keys, LATCHKEY_PRIVATE_NETWORKS: '10.0.0.0/8' } });
    for (const request of [{}, { bearer: 'x' }, { bearer: billing }]) {
      says(await bring(request, {}, elsewhere), no.forbidden);
    }
  });
});

test('an open private door asks for nothing, and is still for its networks alone', async () => {
  const open = await start({ env: { LATCHKEY_PRIVATE_AUTH: 'open', ...behindProxy } });
  assert.equal((await bring({}, body(), open)).status, 200);
  assert.equal((await bring({ bearer: 'nonsense' }, body(), open)).status, 200);
  const [use] = (await open.audit()).filter(({ type }) => type === 'private_door_used');
  assert.equal(use?.actor, 'open');
  says(await bring(from('203.0.113.7'), body(), open), no.forbidden);
});

test('without a single key, only superusers come in', async () => {
  const keyless = await start();
  says(await bring({}, body(), keyless), no.notAuthenticated);
  for (const token of ['none', 'undefined', billing]) {
    says(await bring({ bearer: token }, body(), keyless), no.badCredentials);
  }
  const { bearer } = await keyless.superuser();
  assert.equal((await bring({ bearer }, body(), keyless)).status, 200);
});

describe('the limit of the private door', () => {
  test('is its own, higher than that of people, and says when there is room again', async () => {
    const env = { ...keys, LATCHKEY_RATE_LIMITS: 'on', LATCHKEY_PRIVATE_ADDRESS_LIMIT: '25/1m' };
    const limited = await start({ env });
    const send = () => bring({ bearer: billing }, {}, limited);
    for (let index = 1; index <= 25; index += 1) {
      says(await send(), missing('email', 'password', 'full_name'));
    }
    const answer = await send();
    says(answer, no.limited);
    const seconds = Number(answer.headers.get('retry-after'));
    assert.ok(seconds > 0 && seconds <= MINUTE / SECOND);
    // People are not slowed down by scripts.
    says(await limited.logIn('nobody'), no.incorrect);
  });

  test('lets a hundred users through in a row by default', async () => {
    const limited = await start({ env: { ...keys, LATCHKEY_RATE_LIMITS: 'on' } });
    const answers = await Promise.all(times(100, () => bring({ bearer: billing }, {}, limited)));
    assert.deepEqual(tally(answers), { 422: 100 });
  });
});
