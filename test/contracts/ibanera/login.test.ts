import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import { assertAlike, done, LOGIN, no, PASSWORD, STEP, says, start, tokensOf, WRONG } from './driver.ts';

const ibanera = await start();
const { clock, app } = ibanera.server;

describe('a login', () => {
  test('answers with two tokens and their lifetimes in seconds', async () => {
    const partner = await ibanera.partner();
    const answer = await ibanera.logIn(partner.username, PASSWORD, ibanera.code(partner));
    const tokens = tokensOf(answer);
    assert.deepEqual([tokens.expiresIn, tokens.refreshTokenExpiresIn], [3_600, 86_400]);
    assert.equal(answer.body.id, 0);
  });

  test('gives a JWT under HS256 to show, and a refresh token that says nothing', async () => {
    const { accessToken, refreshToken, account } = await ibanera.signedIn();
    const [header = '', payload = ''] = accessToken.split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    assert.deepEqual(read(header), { alg: 'HS256', typ: 'JWT' });
    const { sub, exp, iat, iss, aud } = read(payload);
    assert.deepEqual([sub, exp - iat, iss, aud], [account.id, 3_600, 'http://127.0.0.1:8000', 'ibanera']);
    assert.match(refreshToken, /^[A-Za-z0-9_-]{64}$/);
  });

  test('finds the account by whatever identifies it', async () => {
    const partner = await ibanera.partner();
    for (const name of [partner.username.toUpperCase(), ` ${partner.account.email} `]) {
      tokensOf(await ibanera.logIn(name, PASSWORD, ibanera.code(partner)));
      clock.advance(STEP);
    }
  });

  test('takes the names of its fields in any letter case', async () => {
    const partner = await ibanera.partner();
    for (const [username, password, otp] of [
      ['Username', 'Password', 'Otp'],
      ['USERNAME', 'PASSWORD', 'OTP'],
      ['userName', 'passWord', 'oTp'],
    ] as const) {
      const body = { [username]: partner.username, [password]: PASSWORD, [otp]: ibanera.code(partner) };
      tokensOf(await ibanera.post(LOGIN, body));
      clock.advance(STEP);
    }
  });

  // SEC-026
  test('takes a code however it was pasted or typed', async () => {
    const partner = await ibanera.partner();
    for (const write of [
      (code: string) => `${code.slice(0, 3)} ${code.slice(3)}\r\n`,
      (code: string) => `\u202a${code.slice(0, 3)}\u2011${code.slice(3)}\u202c`,
      (code: string) => [...code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
      (code: string) => [...code].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join(''),
    ]) {
      tokensOf(await ibanera.logIn(partner.username, PASSWORD, write(ibanera.code(partner))));
      clock.advance(STEP);
    }
  });

  // SEC-082
  test('takes no body with two spellings of one name', async () => {
    const { username, ...partner } = await ibanera.partner();
    const otp = ibanera.code(partner);
    says(await ibanera.post(LOGIN, { username, Username: username, password: PASSWORD, otp }), no.malformed);
    says(await ibanera.post(LOGIN, { username, password: PASSWORD, otp, extra: 1, EXTRA: 1 }), no.malformed);
    tokensOf(await ibanera.post(LOGIN, { username, password: PASSWORD, otp, extra: 1 }));
  });

  test('is JSON under every media type that the clients send', async () => {
    const partner = await ibanera.partner();
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'text/json',
      'text/json;charset=UTF-8',
      'application/json-patch+json',
      'application/vnd.ibanera.v1+json',
      'Application/Problem+JSON',
    ]) {
      const body = JSON.stringify({
        username: partner.username,
        password: PASSWORD,
        otp: ibanera.code(partner),
      });
      tokensOf(await ibanera.send(LOGIN, { method: 'POST', body, headers: { 'content-type': type } }));
      clock.advance(STEP);
    }
    for (const type of [
      'text/plain',
      'application/jsonp',
      'application/x-www-form-urlencoded',
      'application/json-seq',
      'text/x+json',
      'multipart/form-data; boundary=x',
    ]) {
      says(
        await ibanera.send(LOGIN, { method: 'POST', body: '{}', headers: { 'content-type': type } }),
        no.mediaType,
      );
    }
  });
});

describe('a field', () => {
  test('that is missing or empty or no text is required, one item each, in one order', async () => {
    says(await ibanera.post(LOGIN, {}), no.required('Username', 'Password', 'Otp'));
    says(await ibanera.post(LOGIN, { otp: '123456' }), no.required('Username', 'Password'));
    says(await ibanera.post(LOGIN, { username: 'x', password: 'y' }), no.required('Otp'));
    for (const nothing of ['', null, 1, true, [], ['x'], { x: 1 }]) {
      says(await ibanera.logIn(nothing, 'y', nothing), no.required('Username', 'Otp'));
      says(await ibanera.logIn('x', nothing, '123456'), no.required('Password'));
    }
  });

  // SEC-026
  test('that holds a code as a number is no code, and spends nothing', async () => {
    const partner = await ibanera.partner();
    const code = ibanera.code(partner);
    says(await ibanera.logIn(partner.username, PASSWORD, Number(code)), no.required('Otp'));
    says(await ibanera.logIn(partner.username, PASSWORD, [code]), no.required('Otp'));
    says(await ibanera.logIn(partner.username, PASSWORD, `${code}\nX`), no.incorrect);
    tokensOf(await ibanera.logIn(partner.username, PASSWORD, code));
  });

  test('comes from the body itself, not from a prototype', async () => {
    const body = '{"__proto__":{"username":"a","password":"b","otp":"c"}}';
    const headers = { 'content-type': 'application/json' };
    says(
      await ibanera.send(LOGIN, { method: 'POST', body, headers }),
      no.required('Username', 'Password', 'Otp'),
    );
  });
});

describe('a refusal', () => {
  // SEC-001, SEC-002
  test('is one answer for the unknown, the wrong password, the wrong and the used code, at one cost', async () => {
    const partner = await ibanera.partner();
    const used = ibanera.code(partner);
    tokensOf(await ibanera.logIn(partner.username, PASSWORD, used));
    clock.advance(STEP);
    const good = ibanera.code(partner);
    const before = ibanera.evaluations();
    const answers = [
      await ibanera.logIn('nobody at all', PASSWORD, good),
      await ibanera.logIn(`no-${partner.username}`, PASSWORD, good),
      await ibanera.logIn(partner.username, WRONG, good),
      await ibanera.logIn(partner.username, PASSWORD, ibanera.wrongCode(partner)),
      await ibanera.logIn(partner.username, PASSWORD, used),
    ];
    assert.equal(ibanera.evaluations() - before, answers.length);
    for (const answer of answers) {
      says(answer, no.incorrect);
      assertAlike(answer, answers[0] ?? answer);
    }
  });

  // SEC-032
  test('for a wrong password spends no code', async () => {
    const partner = await ibanera.partner();
    const code = ibanera.code(partner);
    says(await ibanera.logIn(partner.username, WRONG, code), no.incorrect);
    tokensOf(await ibanera.logIn(partner.username, PASSWORD, code));
  });

  test('tells a suppressed account only to whoever has password and code', async () => {
    const partner = await ibanera.partner();
    await app.admin.disableAccount({ actor: operator, account: partner.account });
    says(await ibanera.logIn(partner.username, WRONG, ibanera.code(partner)), no.incorrect);
    says(await ibanera.logIn(partner.username, PASSWORD, ibanera.wrongCode(partner)), no.incorrect);
    says(await ibanera.logIn(partner.username, PASSWORD, ibanera.code(partner)), no.suppressed);
  });

  test('tells an unverified account only to whoever has password and code', async () => {
    const partner = await ibanera.partner({ isVerified: false });
    says(await ibanera.logIn(partner.username, PASSWORD, ibanera.wrongCode(partner)), no.incorrect);
    says(await ibanera.logIn(partner.username, PASSWORD, ibanera.code(partner)), no.notVerified);
  });

  test('says suppressed before it says unverified', async () => {
    const partner = await ibanera.partner({ isVerified: false });
    await app.admin.disableAccount({ actor: operator, account: partner.account });
    says(await ibanera.logIn(partner.username, PASSWORD, ibanera.code(partner)), no.suppressed);
  });

  test('of an account without TOTP is that it is not verified, whatever the code', async () => {
    const { username } = await ibanera.account();
    for (const otp of ['123456', 'x', '000000']) {
      says(await ibanera.logIn(username, PASSWORD, otp), no.notVerified);
    }
    says(await ibanera.logIn(username, WRONG, '123456'), no.incorrect);
  });

  test('of a removed TOTP is the same as of none', async () => {
    const partner = await ibanera.partner();
    await app.admin.removeTotp({ actor: operator, account: partner.account });
    says(await ibanera.logIn(partner.username, PASSWORD, ibanera.code(partner)), no.notVerified);
  });

  // SEC-003, SEC-040
  test('meets names and passwords that nobody can have, and no database error', async () => {
    const partner = await ibanera.partner();
    const code = ibanera.code(partner);
    for (const name of ['   ', '@', '+', '\0', 'a\0b', '\ud800', 'x'.repeat(5_000), 'a b', '‮']) {
      says(await ibanera.logIn(name, PASSWORD, code), no.incorrect);
    }
    for (const password of ['\ud800', 'x'.repeat(1_025), 'p\0q']) {
      says(await ibanera.logIn(partner.username, password, code), no.incorrect);
    }
  });

  test('of a sign-up that nobody confirmed is that it is not verified', async () => {
    const { storage, core } = app;
    const name = ibanera.name();
    const outcome = await storage.accounts.create({
      id: core.random.uuid(),
      username: { kind: 'username', value: name, key: name },
      createdAt: clock.now(),
      activatedAt: null,
      emailVerifiedAt: null,
      phoneVerifiedAt: null,
    });
    assert.equal(outcome.kind, 'created');
    await storage.passwords.set(outcome.account.id, await core.passwords.hash(PASSWORD), clock.now());
    says(await ibanera.logIn(name, PASSWORD, '123456'), no.notVerified);
  });
});

describe('limits', () => {
  test('say too many requests, and when to come back', async () => {
    const limited = await start({
      env: {
        LATCHKEY_RATE_LIMITS: 'on',
        LATCHKEY_SIGN_IN_LIMIT: '2/1m',
        LATCHKEY_REFRESH_ADDRESS_LIMIT: '1/1m',
      },
    });
    // Counted before anything is looked at, and by every spelling of the name.
    const names = ['Ann', 'ANN', 'ann'];
    const answers = [];
    for (const name of names) answers.push(await limited.logIn(name, 'x', ''));
    says(answers[0] ?? assert.fail(), no.required('Otp'));
    says(answers[1] ?? assert.fail(), no.required('Otp'));
    says(answers[2] ?? assert.fail(), no.tooMany);
    says(await limited.refresh('x'), no.refreshInvalid);
    says(await limited.refresh('x'), no.tooMany);
  });
});

test('what a session knows of its account stands in me', async () => {
  const partner = await ibanera.signedIn();
  const { username, email, number } = partner.account;
  says(
    await ibanera.me(partner.accessToken, ibanera.code(partner)),
    done({ username, email, fullName: 'A Partner', isVerified: true }, number),
  );
});
