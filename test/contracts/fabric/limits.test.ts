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

/** An address in a network (/24) that nothing came from yet. */
function newAddress(): string {
  clients += 1;
  return `100.${clients >> 8}.${clients & 255}.1`;
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
    // A message whose code was replaced before it was delivered is dropped.
    assert.ok((await fabric.server.messages(identifier)).length <= 10);
    // What was refused changed nothing: the sign-up and its password are still there.
    assert.equal(await fabric.code(identifier), code);
    clock.advance(1_500);
    says(await post('signup/otp/resend/', { identifier }), done('otp sent via email.'));
    const body = { identifier, code: await fabric.code(identifier) };
    says(await post('signup/confirm/', body), done('Sign up success'));
    const { status } = await post('login/basic/', { identifier, password: PASSWORD });
    assert.equal(status, 200);
  });

  /** Asks for a code and returns it. */
  const askFor = async (identifier: string, path = 'login/passwordless/') => {
    says(await post(path, { identifier }), done('otp sent via email.'));
    return fabric.code(identifier);
  };
  const confirmSignIn = (identifier: string, code: string) =>
    post('login/passwordless/confirm/', { identifier, code });
  const confirmReset = (identifier: string, code: string) =>
    post('password/reset/confirm/', { identifier, code, ...newPassword });

  test('ten wrong codes an hour over all purposes, which no new code resets; then not even the right one', async () => {
    const identifier = fabric.email();
    await fabric.account({ email: identifier });
    for (const _ of [1, 2]) {
      const code = await askFor(identifier);
      for (const _try of [1, 2, 3]) says(await confirmSignIn(identifier, otherThan(code)), no.wrongCode);
      const reset = await askFor(identifier, 'password/reset/');
      for (const _try of [1, 2]) says(await confirmReset(identifier, otherThan(reset)), no.wrongCode);
    }
    const [code, reset] = [await askFor(identifier), await askFor(identifier, 'password/reset/')];
    says(await confirmSignIn(identifier, code), no.limited(3_600));
    says(await confirmReset(identifier, reset), no.limited(3_600));
    clock.advance(HOUR - 1);
    // What is over is nothing to guess, and nothing to limit.
    says(await confirmSignIn(identifier, otherThan(code)), no.wrongCode);
    says(await confirmSignIn(identifier, code), no.expiredCode);
    const late = await askFor(identifier);
    says(await confirmSignIn(identifier, late), no.limited(1));
    clock.advance(1);
    assert.equal((await confirmSignIn(identifier, late)).status, 200);
  });

  // SEC-013
  test('a client network has half of the wrong codes and a third of the messages, and another one the rest', async () => {
    const identifier = fabric.email();
    await fabric.account({ email: identifier });
    const network = newAddress().replace(/1$/, '');
    const fromThere = (host: number) => from(`${network}${host}`);
    const confirm = (code: string, request: WireRequest) =>
      fabric.post('login/passwordless/confirm/', { identifier, code }, request);
    const code = await askFor(identifier);
    for (const host of [1, 2, 3, 4]) says(await confirm(otherThan(code), fromThere(host)), no.wrongCode);
    const next = await askFor(identifier);
    says(await confirm(otherThan(next), fromThere(5)), no.wrongCode);
    saysLimited(await confirm(next, fromThere(6)));
    assert.equal((await confirm(next, from(newAddress()))).status, 200);

    const ask = (request: WireRequest) => fabric.post('login/passwordless/', { identifier }, request);
    for (const host of [7, 8, 9]) says(await ask(fromThere(host)), done('otp sent via email.'));
    saysLimited(await ask(fromThere(10)));
    says(await ask(from(newAddress())), done('otp sent via email.'));
  });

  test('the codes that nobody asked for are no wrong ones, however many', async () => {
    const identifier = fabric.email();
    await fabric.account({ email: identifier });
    for (const _ of times(35, String)) {
      says(await confirmSignIn(identifier, '123456'), no.wrongCode);
      says(await confirmReset(identifier, '123456'), no.wrongCode);
    }
    assert.equal((await confirmSignIn(identifier, await askFor(identifier))).status, 200);
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
    clock.advance(HOUR);
    for (const _ of [1, 2]) {
      const code = await askFor(identifier);
      for (const _try of times(5, String)) {
        says(await confirmSignIn(identifier, otherThan(code)), no.wrongCode);
      }
    }
    says(await confirmSignIn(identifier, await askFor(identifier)), no.limited(3_600));
  });

  // SEC-013
  test('a stranger who uses the wrong codes up leaves the owner the link', async () => {
    const identifier = fabric.email();
    await fabric.account({ email: identifier });
    for (const _ of [1, 2]) {
      const code = await askFor(identifier);
      for (const _try of times(5, String)) {
        says(await confirmSignIn(identifier, otherThan(code)), no.wrongCode);
      }
    }
    says(
      await post('login/passwordless/', { identifier, verification_type: 'link' }),
      done('link sent via email.'),
    );
    const token = await fabric.linkToken(identifier);
    says(await confirmSignIn(identifier, await askFor(identifier)), no.limited(3_600));
    assert.equal((await confirmSignIn(identifier, token)).status, 200);
  });

  test('thirty wrong codes a day', async () => {
    const identifier = fabric.email();
    await fabric.account({ email: identifier });
    for (const _ of [1, 2, 3]) {
      for (const path of ['login/passwordless/', 'password/reset/']) {
        const code = await askFor(identifier, path);
        const confirm = path === 'password/reset/' ? confirmReset : confirmSignIn;
        for (const _try of times(5, String)) says(await confirm(identifier, otherThan(code)), no.wrongCode);
      }
      says(await confirmSignIn(identifier, await askFor(identifier)), no.limited(3_600));
      clock.advance(HOUR);
    }
    says(await confirmSignIn(identifier, await askFor(identifier)), no.limited(21 * 3_600));
    clock.advance(DAY - 3 * HOUR);
    assert.equal((await confirmSignIn(identifier, await askFor(identifier))).status, 200);
  });

  // SEC-013
  test('what all networks together can do to the messages leaves recovery by link, and the newest link works', async () => {
    const identifier = fabric.email();
    await fabric.account({ email: identifier });
    const byLink = { identifier, verification_type: 'link' };
    for (const _ of times(10, String)) await askFor(identifier);
    says(await post('login/passwordless/', byLink), no.limited(3_600));
    for (const _ of times(10, String))
      says(await post('password/reset/', byLink), done('link sent via email.'));
    // The last instant in which the reserve is used up.
    clock.advance(HOUR - 1);
    says(await post('password/reset/', byLink), no.limited(1));
    const token =
      (await fabric.server.messages(identifier)).find(({ link }) => link !== undefined)?.link ?? '';
    const code = new URL(token).searchParams.get('code') ?? '';
    says(await confirmReset(identifier, code), done('Password has been reset successfully.'));
  });
});

test('nothing else is limited: /me and /health are for monitors and apps', async () => {
  const here = from(newAddress());
  for (const path of ['/api/v1/me', '/health']) {
    const answers = await Promise.all(times(65, () => fabric.send(path, here)));
    assert.equal(answers.filter(({ status }) => status === 429).length, 0);
  }
});
