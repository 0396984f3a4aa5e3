import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WireRequest } from '../../support/wire.ts';
import {
  DAY,
  done,
  HOUR,
  no,
  OTHER_PASSWORD,
  otherThan,
  PASSWORD,
  says,
  saysLimited,
  start,
  times,
} from './driver.ts';

const env = { LATCHKEY_RATE_LIMITS: 'on' };
/** Believes its neighbour, so that each test, or each request, can be a client of its own. */
const fabric = await start({ env: { ...env, LATCHKEY_TRUST_PROXY: '127.0.0.1/32' } });
/** Believes nobody. */
const exposed = await start({ env });

let clients = 0;

/** An address that nothing came from yet. */
function newAddress(): string {
  clients += 1;
  return `198.51.${clients >> 8}.${clients & 255}`;
}

const from = (address: string): WireRequest => ({ headers: { 'x-forwarded-for': address } });

async function enough(times: number, request: () => Promise<{ status: number }>): Promise<void> {
  for (let count = 1; count <= times; count += 1)
    assert.notEqual((await request()).status, 429, `the ${count}.`);
}

const newPassword = { new_password: OTHER_PASSWORD, confirm_password: OTHER_PASSWORD };

describe('for one identifier from one address', () => {
  const messages = [
    ['signup/', { password: PASSWORD }],
    ['signup/otp/resend/', {}],
    ['login/passwordless/', {}],
    ['password/reset/', {}],
  ] as const;
  for (const [path, body] of messages) {
    test(`${path} sends three messages in 30 seconds; the limit comes before everything else`, async () => {
      const [here, elsewhere] = [from(newAddress()), from(newAddress())];
      const [identifier, other] = [fabric.email(), fabric.email()];
      await enough(3, () => fabric.post(path, { identifier, ...body }, here));
      const seconds = saysLimited(await fabric.post(path, { identifier }, here));
      assert.ok(seconds <= 30);
      saysLimited(await fabric.post(path, { identifier, method: 'nonsense', password: null }, here));
      await enough(1, () => fabric.post(path, { identifier: other, ...body }, here));
      await enough(1, () => fabric.post(path, { identifier, ...body }, elsewhere));
    });
  }

  const confirms = [
    ['signup/confirm/', {}],
    ['login/passwordless/confirm/', {}],
    ['password/reset/confirm/', newPassword],
    ['email/change/confirm/', {}],
  ] as const;
  for (const [path, body] of confirms) {
    test(`${path} takes ten codes a minute; the limit comes before everything else`, async () => {
      const [here, elsewhere] = [from(newAddress()), from(newAddress())];
      const identifier = fabric.email();
      await enough(10, () => fabric.post(path, { identifier, code: '' }, here));
      assert.ok(saysLimited(await fabric.post(path, { identifier, code: '123456', ...body }, here)) <= 60);
      await enough(1, () => fabric.post(path, { identifier: fabric.email(), code: '1', ...body }, here));
      await enough(1, () => fabric.post(path, { identifier, code: '1', ...body }, elsewhere));
    });
  }

  test('login takes ten tries a minute; the limit comes before everything else', async () => {
    const [here, elsewhere] = [from(newAddress()), from(newAddress())];
    const identifier = fabric.email();
    await enough(10, () => fabric.post('login/basic/', { identifier }, here));
    assert.ok(saysLimited(await fabric.post('login/basic/', { identifier, password: PASSWORD }, here)) <= 60);
    await enough(1, () => fabric.post('login/basic/', { identifier: fabric.email() }, here));
    await enough(1, () => fabric.post('login/basic/', { identifier }, elsewhere));
  });

  test('one purpose does not use up another', async () => {
    const here = from(newAddress());
    const identifier = fabric.email();
    await enough(3, () => fabric.post('login/passwordless/', { identifier }, here));
    await enough(3, () => fabric.post('password/reset/', { identifier }, here));
    await enough(3, () => fabric.post('signup/otp/resend/', { identifier }, here));
  });

  // SEC-016
  test('the same identifier in another spelling is the same identifier', async () => {
    const here = from(newAddress());
    const email = fabric.email('Ida');
    const wide = email.replace('@', '\uff20');
    const spellings = [email, email.toUpperCase(), ` ${email}\n`, wide];
    const answers = [];
    for (const identifier of spellings) {
      answers.push(await fabric.post('login/passwordless/', { identifier }, here));
    }
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404, 404, 429],
    );
  });

  test('and so is the same phone number, or the same domain in its two scripts', async () => {
    for (const spellings of [
      ['+4917111111111', '+49 171 11111111', '+49 (171) 1111-1111', '+49-171-11111111'],
      ['a@bücher.example', 'a@xn--bcher-kva.example', 'A@BÜCHER.example', 'a@bücher。example'],
    ]) {
      const here = from(newAddress());
      const ask = (index: number) =>
        fabric.post('signup/confirm/', { identifier: spellings[index % 4], code: 'x' }, here);
      for (const index of times(10, (turn) => turn)) says(await ask(index), no.unknown);
      saysLimited(await ask(10));
    }
  });

  test('fields that the endpoint does not know change nothing', async () => {
    const here = from(newAddress());
    const identifier = fabric.email();
    for (const number of [1, 2, 3]) {
      const more = { email: fabric.email(), username: `u${number}`, user_id: number };
      await enough(1, () => fabric.post(`login/passwordless/?n=${number}`, { identifier, ...more }, here));
    }
    saysLimited(await fabric.post('login/passwordless', { identifier, email: fabric.email() }, here));
  });
});

describe('for one account from one address', () => {
  async function signedIn() {
    const email = fabric.email();
    await fabric.account({ email });
    says(
      await fabric.post('login/passwordless/', { identifier: email }, from(newAddress())),
      done('otp sent via email.'),
    );
    const body = { identifier: email, code: await fabric.code(email) };
    const { access } = (await fabric.post('login/passwordless/confirm/', body, from(newAddress()))).body;
    return { email, request: { bearer: access as string, ...from(newAddress()) } };
  }

  test('three e-mail changes in 30 seconds, after the bearer and before the fields', async () => {
    const { request } = await signedIn();
    await enough(3, () => fabric.post('email/change/', {}, request));
    saysLimited(await fabric.post('email/change/', {}, request));
    says(await fabric.post('email/change/', {}, { headers: request.headers ?? {} }), no.noCredentials);
  });

  test('ten password changes a minute, after the bearer and before the fields', async () => {
    const { request } = await signedIn();
    await enough(10, () => fabric.post('password/change/', {}, request));
    saysLimited(await fabric.post('password/change/', {}, request));
    says(await fabric.post('password/change/', {}, { headers: request.headers ?? {} }), no.noCredentials);
  });
});

// SEC-095: each writes a row, and another to the audit trail.
test('thirty profile changes a minute, after the bearer and before the fields', async () => {
  const { email } = await fabric.member();
  const { access: bearer } = await fabric.session(email);
  const change = (request: object) =>
    fabric.send('/api/v1/me', { method: 'PATCH', json: { bio: 'x' }, ...request });
  const request = { bearer, ...from(newAddress()) };
  await enough(30, () => change(request));
  saysLimited(await change(request));
  saysLimited(await change({ ...request, json: { bio: 7 } }));
  says(await change({ headers: request.headers ?? {} }), no.noCredentials);
  assert.equal((await fabric.me(bearer)).status, 200);
});

describe('for one address, whatever it asks for', () => {
  for (const [what, points, path, body] of [
    ['sixty sign-ins a minute', 60, 'login/basic/', { password: PASSWORD }],
    ['sixty messages a minute', 60, 'login/passwordless/', {}],
    ['sixty confirmations a minute', 60, 'signup/confirm/', { code: '123456' }],
  ] as const) {
    test(what, async () => {
      const [here, elsewhere] = [from(newAddress()), from(newAddress())];
      const answers = await Promise.all(
        times(points, (index) => fabric.post(path, { identifier: `nobody-${index}@`, ...body }, here)),
      );
      for (const answer of answers) says(answer, no.badEmail());
      saysLimited(await fabric.post(path, { identifier: fabric.email(), ...body }, here));
      saysLimited(await fabric.post(path, { identifier: fabric.email(), ...body }, here));
      await enough(1, () => fabric.post(path, { identifier: 'nobody@', ...body }, elsewhere));
    });
  }

  test('a hundred and fifty refreshes in five minutes', async () => {
    const [here, elsewhere] = [from(newAddress()), from(newAddress())];
    for (const answer of await Promise.all(
      times(150, () => fabric.post('token/refresh/', { refresh: 'x' }, here)),
    )) {
      says(answer, no.badRefresh);
    }
    assert.ok(saysLimited(await fabric.post('token/refresh/', {}, here)) <= 300);
    says(await fabric.post('token/refresh/', {}, elsewhere), no.missing('refresh'));
  });
});

// SEC-078
describe('the address of a client', () => {
  const ask = (server: typeof fabric, identifier: string, forwarded: string) =>
    server.post('login/passwordless/', { identifier }, from(forwarded));

  test('is not what it says, unless a trusted proxy says so', async () => {
    const identifier = exposed.email();
    await enough(3, () => ask(exposed, identifier, newAddress()));
    saysLimited(await ask(exposed, identifier, newAddress()));
    const headers = {
      'x-real-ip': newAddress(),
      forwarded: `for=${newAddress()}`,
      'true-client-ip': newAddress(),
      'x-client-ip': newAddress(),
    };
    saysLimited(await exposed.post('login/passwordless/', { identifier }, { headers }));
  });

  test('is the right-most one that is no trusted proxy: those before it are hearsay', async () => {
    const here = newAddress();
    const identifier = fabric.email();
    for (const chain of [
      here,
      `${newAddress()}, ${here}`,
      `${newAddress()}, ${newAddress()}, ${here}, 127.0.0.1`,
    ]) {
      await enough(1, () => ask(fabric, identifier, chain));
    }
    saysLimited(await ask(fabric, identifier, `${newAddress()}, ${here}`));
  });

  test('in IPv6 is its /64, however it is written; an IPv4 address in IPv6 is that address', async () => {
    for (const [same, other] of [
      [
        [
          '2001:db8:1:2::1',
          '2001:DB8:1:2::ffff',
          '2001:0db8:0001:0002:aaaa:bbbb:cccc:dddd',
          '2001:db8:1:2::2',
        ],
        '2001:db8:1:3::1',
      ],
      [['203.0.113.9', '::ffff:203.0.113.9', '::ffff:cb00:7109', '203.0.113.9'], '203.0.113.10'],
    ] as const) {
      const identifier = fabric.email();
      for (const address of same.slice(0, 3)) await enough(1, () => ask(fabric, identifier, address));
      saysLimited(await ask(fabric, identifier, same[3]));
      await enough(1, () => ask(fabric, identifier, other));
    }
  });

  test('that cannot be read is one that all such clients share', async () => {
    const identifier = fabric.email();
    for (const nonsense of ['unknown', '_hidden', '999.1.1.1']) {
      await enough(1, () => ask(fabric, identifier, nonsense));
    }
    saysLimited(await ask(fabric, identifier, 'something else'));
  });
});

/** The same, each time from another address: what is left are the limits of the identifier itself. */
const post = (path: string, json: unknown) => fabric.post(path, json, from(newAddress()));

// SEC-018, SEC-023
describe('for one identifier, from wherever', () => {
  const { clock } = fabric.server;

  test('ten messages an hour, whatever they are for; then nothing is sent', async () => {
    const identifier = fabric.email();
    says(await post('signup/', { identifier, password: PASSWORD }), done('otp sent via email.'));
    for (const path of times(3, () => [
      'signup/otp/resend/',
      'login/passwordless/',
      'password/reset/',
    ]).flat()) {
      says(await post(path, { identifier }), done('otp sent via email.'));
    }
    const code = await fabric.code(identifier);
    clock.advance(HOUR - 1_500);
    for (const path of ['signup/otp/resend/', 'login/passwordless/', 'password/reset/']) {
      const answer = await post(path, { identifier });
      says(answer, no.limited(2));
      assert.equal(answer.headers.get('retry-after'), '2');
    }
    says(await post('signup/', { identifier, password: OTHER_PASSWORD }), no.limited(2));
    assert.equal((await fabric.server.messages(identifier)).length, 10);
    // What was refused changed nothing: the sign-up and its password are still there.
    assert.equal(await fabric.code(identifier), code);
    clock.advance(1_500);
    says(await post('signup/otp/resend/', { identifier }), done('otp sent via email.'));
    const body = { identifier, code: await fabric.code(identifier) };
    says(await post('signup/confirm/', body), done('Sign up success'));
    const { status } = await post('login/basic/', { identifier, password: PASSWORD });
    assert.equal(status, 200);
  });

  test('ten wrong codes an hour for one purpose, which no new code resets; then not even the right one', async () => {
    const identifier = fabric.email();
    await fabric.account({ email: identifier });
    const ask = async () => {
      says(await post('login/passwordless/', { identifier }), done('otp sent via email.'));
      return fabric.code(identifier);
    };
    const confirm = (code: string) => post('login/passwordless/confirm/', { identifier, code });
    for (const _ of [1, 2, 3, 4, 5]) {
      const code = await ask();
      says(await confirm(otherThan(code)), no.wrongCode);
      says(await confirm(otherThan(code)), no.wrongCode);
    }
    const code = await ask();
    says(await confirm(code), no.limited(3_600));
    clock.advance(HOUR - 1);
    says(await confirm(code), no.limited(1));
    const reset = { identifier, code: '123456', ...newPassword };
    says(await post('password/reset/confirm/', reset), no.wrongCode);
    clock.advance(1);
    says(await confirm(code), no.expiredCode);
    assert.equal((await confirm(await ask())).status, 200);
  });

  test('a right code is no wrong one, however often', async () => {
    const identifier = fabric.email();
    await fabric.account({ email: identifier });
    for (const _ of times(9, String)) {
      says(await post('login/passwordless/', { identifier }), done('otp sent via email.'));
      const code = await fabric.code(identifier);
      const { status } = await post('login/passwordless/confirm/', { identifier, code });
      assert.equal(status, 200);
    }
    const wrong = () => post('login/passwordless/confirm/', { identifier, code: 'wrong' });
    for (const _ of times(10, String)) says(await wrong(), no.wrongCode);
    says(await wrong(), no.limited(3_600));
  });

  // SEC-013
  test('a stranger who uses the wrong codes up leaves the owner the link', async () => {
    const identifier = fabric.email();
    await fabric.account({ email: identifier });
    const confirm = (code: string) => post('login/passwordless/confirm/', { identifier, code });
    for (const _ of times(10, String)) says(await confirm('000000'), no.wrongCode);
    says(
      await post('login/passwordless/', { identifier, verification_type: 'link' }),
      done('link sent via email.'),
    );
    says(await confirm('000000'), no.limited(3_600));
    assert.equal((await confirm(await fabric.linkToken(identifier))).status, 200);
  });

  test('thirty wrong codes a day', async () => {
    const identifier = fabric.email();
    await fabric.account({ email: identifier });
    const confirm = () => post('login/passwordless/confirm/', { identifier, code: 'wrong' });
    for (const _ of [1, 2, 3]) {
      for (const _try of times(10, String)) says(await confirm(), no.wrongCode);
      says(await confirm(), no.limited(3_600));
      clock.advance(HOUR);
    }
    says(await confirm(), no.limited(21 * 3_600));
    clock.advance(DAY - 3 * HOUR);
    says(await confirm(), no.wrongCode);
  });

  // SEC-007: an invented identifier reaches its limit where a real one does.
  test('a stranger runs into the same limit of wrong codes', async () => {
    const identifier = fabric.email();
    const confirm = () => post('signup/confirm/', { identifier, code: '123456' });
    for (const _ of times(10, String)) says(await confirm(), no.unknown);
    says(await confirm(), no.limited(3_600));
  });
});

test('nothing else is limited: /me and /health are for monitors and apps', async () => {
  const here = from(newAddress());
  for (const path of ['/api/v1/me', '/health']) {
    const answers = await Promise.all(times(65, () => fabric.send(path, here)));
    assert.equal(answers.filter(({ status }) => status === 429).length, 0);
  }
});
