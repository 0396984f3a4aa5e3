import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  assertAlike,
  badField,
  complaints,
  invalid,
  item,
  JSON_TYPE,
  MINUTE,
  missing,
  no,
  OTHER_PASSWORD,
  PASSWORD,
  PREFIXES,
  said,
  says,
  start,
  tokenOf,
} from './driver.ts';

const vibemobi = await start();
const { fabric, server } = vibemobi;
const PATH = '/login/access-token';

const multipart = (fields: Record<string, string>) => {
  const lines = Object.entries(fields).map(
    ([name, value]) => `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const headers = { 'content-type': 'multipart/form-data; boundary=edge' };
  return vibemobi.send(PATH, { method: 'POST', body: `${lines.join('')}--edge--\r\n`, headers });
};

describe('signing in', () => {
  test('takes a form, urlencoded or multipart, under each prefix and slash form', async () => {
    const { email } = await fabric.member();
    tokenOf(await vibemobi.logIn(email));
    tokenOf(await multipart({ username: email, password: PASSWORD }));
    const body = new URLSearchParams({ username: email, password: PASSWORD }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    for (const prefix of PREFIXES) {
      for (const slash of ['', '/']) {
        tokenOf(await fabric.send(`${prefix}${PATH}${slash}`, { method: 'POST', body, headers }));
      }
    }
  });

  test('takes the username or the e-mail, in any case', async () => {
    const email = vibemobi.email('Lise.Meitner');
    await fabric.member({ email, username: 'Lise.M' });
    for (const name of [
      email,
      email.toUpperCase(),
      email.toLowerCase(),
      ` ${email} `,
      'Lise.M',
      'lise.m',
      'LISE.M',
    ]) {
      await vibemobi.session(name);
    }
  });

  test('ignores what is for other grants, an empty one and the password grant included', async () => {
    const { email: username } = await fabric.member();
    const login = { username, password: PASSWORD };
    for (const more of [
      { grant_type: 'password' },
      { grant_type: '' },
      { scope: 'items:read users:write', client_id: 'x', client_secret: 'y' },
      { scope: '', client_id: '', client_secret: '' },
      { is_superuser: 'true', nickname: 'x' },
    ]) {
      tokenOf(await vibemobi.form({ ...login, ...more }));
      tokenOf(await multipart({ ...login, ...more }));
    }
  });

  test('ignores an HTTP Basic header, even one with credentials that are right or wrong', async () => {
    const [{ email }, other] = [await fabric.member(), await fabric.member()];
    for (const pair of [`${other.email}:${PASSWORD}`, `${email}:wrong`, 'client:secret']) {
      const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
      tokenOf(await vibemobi.form({ username: email, password: PASSWORD }, { authorization }));
      says(await vibemobi.form({ username: email, password: 'wrong' }, { authorization }), no.incorrect);
      says(await vibemobi.form({}, { authorization }), missing('username', 'password'));
    }
  });

  test('is open to a user of Fabric with the same password', async () => {
    const { email, password } = await fabric.verified();
    await vibemobi.session(email, password);
  });
});

describe('a sign-in is refused', () => {
  const both = missing('username', 'password');

  test('without username or password, and an empty value is none', async () => {
    for (const form of [vibemobi.form.bind(vibemobi), multipart]) {
      says(await form({ nothing: 'x' }), both);
      says(await form({ username: '', password: '' }), both);
      says(await form({ username: 'x' }), missing('password'));
      says(await form({ username: 'x', password: '' }), missing('password'));
      says(await form({ password: 'x' }), missing('username'));
      says(await form({ username: '', password: 'x' }), missing('username'));
    }
    says(await vibemobi.post(PATH), both);
    says(await vibemobi.form({}), both);
  });

  test('as JSON, with both missing', async () => {
    const { email } = await fabric.member();
    says(await vibemobi.post(PATH, { username: email, password: PASSWORD }), both);
    says(await vibemobi.post(PATH, undefined, { body: '{"username":', headers: JSON_TYPE }), both);
    says(await vibemobi.post(`${PATH}?username=${email}&password=x`), both);
  });

  test('with another grant than password', async () => {
    const { email: username } = await fabric.member();
    for (const grant_type of ['refresh_token', 'Password', 'passwords', ' password', 'client_credentials']) {
      const form = { username, password: PASSWORD, grant_type };
      says(await vibemobi.form(form), badField('grant_type', complaints.grantType));
      says(await multipart(form), badField('grant_type', complaints.grantType));
    }
    says(
      await vibemobi.form({ grant_type: 'x' }),
      invalid(
        item(['body', 'grant_type'], complaints.grantType),
        item(['body', 'username'], complaints.missing),
        item(['body', 'password'], complaints.missing),
      ),
    );
  });

  // SEC-001
  test('alike when the user is unknown, the password wrong, the account locked or the sign-up pending', async () => {
    const { email } = await fabric.member();
    const wrong = await vibemobi.logIn(email, 'wrong');
    says(wrong, no.incorrect);
    for (const name of [vibemobi.email(), 'nobody', 'no body', '@', '+491711234567', "' OR 1=1--"]) {
      assertAlike(await vibemobi.logIn(name), wrong, name);
    }
    const { email: pending } = await fabric.pending();
    assertAlike(await vibemobi.logIn(pending), wrong);
    for (let guess = 2; guess <= 5; guess += 1) assertAlike(await vibemobi.logIn(email, 'wrong'), wrong);
    const before = fabric.evaluations();
    assertAlike(await vibemobi.logIn(email, 'wrong'), wrong);
    assertAlike(await vibemobi.logIn(email, PASSWORD), wrong);
    assert.equal(fabric.evaluations(), before, 'locked is answered without hashing');
    server.clock.advance(10 * MINUTE);
    await vibemobi.session(email);
  });

  test('alike with a password that none can be, or that no text is', async () => {
    const { email } = await fabric.member();
    for (const password of [
      'x'.repeat(1025),
      'x'.repeat(10_000),
      '\u20ac'.repeat(342),
      ' ',
      `${PASSWORD} `,
    ]) {
      says(await vibemobi.logIn(email, password), no.incorrect);
    }
  });

  test('by the lock that guesses at Fabric closed, which a reset opens', async () => {
    const { email } = await fabric.member();
    for (let guess = 1; guess <= 3; guess += 1) await fabric.logIn(email, 'wrong');
    for (let guess = 4; guess <= 5; guess += 1) await vibemobi.logIn(email, 'wrong');
    says(await vibemobi.logIn(email), no.incorrect);
    assert.equal((await fabric.logIn(email)).status, 429);
    says(await vibemobi.reset(await vibemobi.recoveryToken(email)), said.passwordUpdated);
    await vibemobi.session(email, OTHER_PASSWORD);
  });

  test('as inactive only to who knows the password', async () => {
    const { email } = await fabric.member();
    await vibemobi.disable((await fabric.find(email)).id);
    says(await vibemobi.logIn(email), no.inactive);
    says(await vibemobi.logIn(email, 'wrong'), no.incorrect);
    for (let guess = 2; guess <= 5; guess += 1) await vibemobi.logIn(email, 'wrong');
    says(await vibemobi.logIn(email), no.incorrect);
  });

  test('when a form is not one, in the shape of the contract', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const [body, headers] of [
      ['username=a&username=b&password=c', form],
      ['username=a&password=%ff', form],
      ['--edge\r\nnothing', { 'content-type': 'multipart/form-data; boundary=edge' }],
      ['username=a', { 'content-type': 'multipart/form-data' }],
    ] as const) {
      const answer = await vibemobi.send(PATH, { method: 'POST', body, headers });
      assert.ok([400, 422].includes(answer.status), answer.text);
      assert.deepEqual(Object.keys(answer.body), ['detail']);
    }
  });
});
