import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import {
  assertAlike,
  assertHeaders,
  claimsOf,
  DAY,
  HOUR,
  no,
  OTHER_PASSWORD,
  PASSWORD,
  says,
  start,
  tokensOf,
} from './driver.ts';

const fabric = await start();
const logIn = (body: unknown) => fabric.post('login/basic/', body);

describe('signing in with a password', () => {
  test('answers an access and a refresh token, in this order, and nothing else', async () => {
    const { email } = await fabric.member();
    const answer = await fabric.logIn(email);
    assert.deepEqual(Object.keys(answer.body), ['access', 'refresh']);
    const { access, refresh } = tokensOf(answer);
    assert.notEqual(access, refresh);
    assert.equal((await fabric.me(access)).body.email, email);
    tokensOf(await fabric.refresh(refresh));
  });

  test('the tokens are HS256 JWT with the documented claims and ours', async () => {
    const { email } = await fabric.member();
    const { access, refresh } = await fabric.session(email);
    const { id } = await fabric.find(email);
    const now = fabric.server.clock.now() / 1000;
    for (const [token, type, lifetime] of [
      [access, 'access', HOUR],
      [refresh, 'refresh', DAY],
    ] as const) {
      const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
      assert.deepEqual(header, { alg: 'HS256', typ: 'JWT' });
      const { sid, jti, ...claims } = claimsOf(token);
      assert.deepEqual(claims, {
        user_id: id.replaceAll('-', ''),
        type,
        iat: now,
        exp: now + lifetime / 1000,
        sub: id,
        iss: 'http://127.0.0.1:8000',
        aud: 'fabric',
      });
      assert.equal(sid, claimsOf(access).sid);
      assert.ok(jti.length >= 22, 'at least 128 bits');
    }
    assert.notEqual(claimsOf(access).jti, claimsOf(refresh).jti);
  });

  test('two sign-ins are two sessions', async () => {
    const { email } = await fabric.member();
    const [one, other] = [await fabric.session(email), await fabric.session(email)];
    assert.notEqual(claimsOf(one.access).sid, claimsOf(other.access).sid);
    assert.notEqual(one.refresh, other.refresh);
  });

  test('refuses in the documented order: fields, format, unknown, wrong, not verified', async () => {
    const { email } = await fabric.unconfirmed();
    says(await logIn({}), no.missing('identifier', 'password'));
    says(
      await logIn({ identifier: 'ada@', password: '' }),
      no.fields(400, 'blank', { password: 'This field may not be blank.' }),
    );
    says(
      await logIn({ identifier: 'a'.repeat(101), password: PASSWORD }),
      no.fields(400, 'max_length', { identifier: 'Ensure this field has no more than 100 characters.' }),
    );
    says(await fabric.logIn('ada@'), no.badEmail());
    says(await fabric.logIn('no such person'), no.badEmail());
    says(await fabric.logIn('+49 17'), no.badPhone);
    says(await fabric.logIn(fabric.email()), no.unknownAtLogin);
    says(await fabric.logIn('nobody'), no.unknownAtLogin);
    says(await fabric.logIn('+491719999999'), no.unknownAtLogin);
    says(await fabric.logIn(email, OTHER_PASSWORD), no.wrongPassword);
    says(await fabric.logIn(email), no.unverified);
  });

  // SEC-007
  test('tells the state of an account only to whoever knows its password', async () => {
    const { email } = await fabric.member();
    const account = await fabric.find(email);
    await fabric.server.app.admin.disableAccount({ actor: operator, account });
    says(await fabric.logIn(email, OTHER_PASSWORD), no.wrongPassword);
    says(await fabric.logIn(email), no.disabled);
    await fabric.server.app.admin.enableAccount({ actor: operator, account });
    await fabric.session(email);
  });

  test('an account without a password is told so, and counts and locks like any other', async () => {
    const { email } = await fabric.guest();
    for (const _ of [1, 2, 3, 4, 5]) {
      const before = fabric.evaluations();
      says(await fabric.logIn(email), no.passwordless);
      assert.equal(fabric.evaluations() - before, 1);
    }
    says(await fabric.logIn(email), no.locked);
  });

  // SEC-002: an unusual account must not be faster or slower than a usual one.
  test('compares exactly one password, whatever the account is', async () => {
    const { email: known } = await fabric.member();
    const { email: unverified } = await fabric.unconfirmed();
    const { email: passwordless } = await fabric.guest();
    const { email: disabled } = await fabric.member();
    const account = await fabric.find(disabled);
    await fabric.server.app.admin.disableAccount({ actor: operator, account });
    for (const email of [known, unverified, passwordless, disabled, fabric.email(), 'nobody-at-all']) {
      const before = fabric.evaluations();
      await fabric.logIn(email, OTHER_PASSWORD);
      assert.equal(fabric.evaluations() - before, 1, email);
    }
  });

  test('a request that breaks a rule of the fields compares none', async () => {
    const { email } = await fabric.member();
    const before = fabric.evaluations();
    await logIn({ identifier: email });
    await logIn({ identifier: 'ada@', password: PASSWORD });
    assert.equal(fabric.evaluations(), before);
  });
});

describe('the identifier of a sign-in', () => {
  test('may be spelled in any case and width, with spaces around it', async () => {
    const { email } = await fabric.member({ email: fabric.email('Katherine.Johnson') });
    const wide = [...email].map((letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0));
    for (const spelling of [email.toLowerCase(), email.toUpperCase(), `\t${email} \n`, wide.join('')]) {
      await fabric.session(spelling);
    }
  });

  test('may be a username, which is unique and found in any case', async () => {
    const [email, username] = [fabric.email(), 'Admiral.Hopper'];
    await fabric.account({ email, username, password: PASSWORD });
    for (const spelling of [username, username.toLowerCase(), ` ${username.toUpperCase()} `, email]) {
      const { access } = await fabric.session(spelling);
      assert.equal((await fabric.me(access)).body.email, email);
    }
    says(await fabric.logIn(`${username}x`), no.unknownAtLogin);
  });

  test('a username is none anywhere else', async () => {
    await fabric.account({ email: fabric.email(), username: 'hedy', password: PASSWORD });
    for (const [path, body] of [
      ['signup/', { password: PASSWORD }],
      ['signup/otp/resend/', {}],
      ['signup/confirm/', { code: '123456' }],
      ['login/passwordless/', {}],
      ['login/passwordless/confirm/', { code: '123456' }],
      ['password/reset/', {}],
      [
        'password/reset/confirm/',
        { code: '123456', new_password: OTHER_PASSWORD, confirm_password: OTHER_PASSWORD },
      ],
      ['email/change/confirm/', { code: '123456' }],
    ] as const) {
      says(await fabric.post(path, { identifier: 'hedy', ...body }), no.badEmail());
    }
  });

  test('may be a phone number in any of its spellings', async () => {
    const phone = '+4917112345678';
    await fabric.account({ phone, password: PASSWORD });
    for (const spelling of [
      '+4917112345678',
      '+49 171 1234 5678',
      '+49 (171) 1234-5678',
      ' +49-171-12345678 ',
    ]) {
      await fabric.session(spelling);
    }
    says(await fabric.logIn('+49 171 1234 5679'), no.unknownAtLogin);
  });

  // SEC-085
  test('an e-mail address never finds a username that looks like a part of it, nor the other way round', async () => {
    const { email } = await fabric.member();
    const [local = ''] = email.split('@');
    says(await fabric.logIn(local), no.unknownAtLogin);
  });
});

describe('the password of a sign-in', () => {
  test('is compared exactly: case, spaces and every byte of it', async () => {
    const password = ` ${'a'.repeat(72)}X`;
    const { email } = await fabric.verified(fabric.email(), password);
    // SEC-038: more than the 72 bytes that some hash functions look at.
    for (const wrong of [
      password.trim(),
      `${password} `,
      password.toUpperCase(),
      `${password.slice(0, -1)}Y`,
    ]) {
      says(await fabric.logIn(email, wrong), no.wrongPassword);
    }
    await fabric.session(email, password);
  });

  // SEC-041
  test('is the same whether a keyboard composes its accents or not', async () => {
    const { email } = await fabric.verified(fabric.email(), 'Zo\u00eb Gr\u00fcnwald!');
    await fabric.session(email, 'Zoe\u0308 Gru\u0308nwald!');
  });

  // SEC-003
  test('one that nobody can have is refused before anybody is looked up, alike for all', async () => {
    const { email } = await fabric.member();
    const long = no.fields(400, 'max_length', {
      password: 'Ensure this field has no more than 1024 characters.',
    });
    const notText = no.fields(400, 'invalid', { password: 'Not a valid string.' });
    for (const [password, expected] of [
      [JSON.stringify('x'.repeat(1025)), long],
      [JSON.stringify('é'.repeat(513)), long],
      [JSON.stringify(`${PASSWORD}\0A`), notText],
      ['"\\ud800MySecretPassword123"', notText],
      ['"MySecretPassword123\\udbff"', notText],
      ['1234567.5', notText],
      ['12345678901234567890', notText],
      ['true', notText],
    ] as const) {
      const before = fabric.evaluations();
      const request = (identifier: string) =>
        fabric.send('/api/v1/auth/login/basic/', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: `{"identifier":${JSON.stringify(identifier)},"password":${password}}`,
        });
      const [known, unknown] = [await request(email), await request(fabric.email())];
      says(known, expected);
      assertAlike(known, unknown);
      assert.equal(fabric.evaluations(), before);
    }
  });

  test('an identifier is right with what was copied around it, and refused in its own words with such inside', async () => {
    const [email, phone] = [fabric.email(), fabric.phone()];
    await fabric.account({ email, phone, password: PASSWORD });
    for (const identifier of [`\u202a${phone}\u202c`, `${email}\u200b`])
      tokensOf(await logIn({ identifier, password: PASSWORD }));
    const split = (text: string) => `${text.slice(0, 5)}\u200b${text.slice(5)}`;
    says(await logIn({ identifier: split(phone), password: PASSWORD }), no.badPhone);
    says(await logIn({ identifier: split(email), password: PASSWORD }), no.badEmail());
  });

  test('a name or password of digits is right as a JSON number, too', async () => {
    await fabric.account({ email: fabric.email(), username: '162342', password: '481516' });
    tokensOf(await fabric.post('login/basic/', { identifier: 162_342, password: 481_516 }));
    says(await fabric.post('login/basic/', { identifier: 162_342, password: 481_517 }), no.wrongPassword);
  });

  test('the rules for new passwords are not asked of old ones', async () => {
    const email = fabric.email();
    await fabric.account({ email, password: '12345' });
    assertHeaders(await fabric.logIn(email, '12345'));
    await fabric.session(email, '12345');
  });
});
