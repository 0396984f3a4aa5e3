import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { done, no, OTHER_PASSWORD, PASSWORD, SHORT_PASSWORD, says, start, tokensOf } from './driver.ts';

const fabric = await start();
const changed = done('Password has been changed successfully.');
const change = (bearer: string | undefined, json: object) =>
  fabric.post('password/change/', json, bearer === undefined ? {} : { bearer });
const body = (old: string, fresh = OTHER_PASSWORD, again = fresh) => ({
  old_password: old,
  new_password: fresh,
  confirm_password: again,
});

describe('changing the password', () => {
  test('keeps the session that asked and ends all others', async () => {
    const { email } = await fabric.member();
    const [mine, other, third] = [
      await fabric.session(email),
      await fabric.enter(email),
      await fabric.enter(email),
    ];
    says(await change(mine.access, body(PASSWORD)), changed);
    assert.equal((await fabric.me(mine.access)).status, 200);
    const { access } = tokensOf(await fabric.refresh(mine.refresh));
    assert.equal((await fabric.me(access)).status, 200);
    for (const ended of [other, third]) {
      says(await fabric.me(ended.access), no.badToken);
      says(await fabric.refresh(ended.refresh), no.refreshOver);
    }
    says(await fabric.logIn(email, PASSWORD), no.wrongPassword);
    await fabric.session(email, OTHER_PASSWORD);
  });

  test('refuses in the documented order: bearer, fields, mismatch, wrong old one, strength', async () => {
    const { email } = await fabric.member();
    const { access, refresh } = await fabric.enter(email);
    says(await change(undefined, {}), no.noCredentials);
    says(await change(refresh, {}), no.wrongTokenKind);
    says(await change(access, {}), no.missing('old_password', 'new_password', 'confirm_password'));
    says(
      await change(access, { old_password: null, new_password: 'a', confirm_password: '' }),
      no.fields(400, 'null', {
        old_password: 'This field may not be null.',
        confirm_password: 'This field may not be blank.',
      }),
    );
    says(await change(access, body('wrong', SHORT_PASSWORD, PASSWORD)), no.differ);
    says(await change(access, body('wrong', SHORT_PASSWORD)), no.wrongOldPassword);
    says(await change(access, body(PASSWORD, SHORT_PASSWORD)), no.tooShort('new_password'));
    await fabric.session(email, PASSWORD);
  });

  test('refuses weak passwords, each in its words', async () => {
    const { email } = await fabric.member({ email: fabric.email('mary.jackson') });
    const { access } = await fabric.enter(email);
    for (const [password, expected] of [
      ['password123', no.tooCommon('new_password')],
      ['93847561029384', no.numeric('new_password')],
      [email, no.similar('new_password')],
    ] as const) {
      says(await change(access, body(PASSWORD, password)), expected);
    }
  });

  test('knows all names of the account when it looks for similar ones', async () => {
    const [email, username] = [fabric.email(), 'christine-darden'];
    await fabric.account({ email, username, password: PASSWORD });
    const { access } = await fabric.enter(email);
    says(await change(access, body(PASSWORD, `${username}!`)), no.similar('new_password'));
  });

  test('an account without a password has none to change', async () => {
    const { access } = await fabric.guest();
    says(await change(access, body('x', SHORT_PASSWORD, PASSWORD)), no.differ);
    says(await change(access, body('x')), no.passwordless);
  });

  test('kills codes and links that are under way', async () => {
    const { email } = await fabric.member();
    const { access } = await fabric.enter(email);
    await fabric.post('login/passwordless/', { identifier: email });
    const code = await fabric.code(email);
    await fabric.post('password/reset/', { identifier: email, verification_type: 'link' });
    const token = await fabric.linkToken(email);
    says(await change(access, body(PASSWORD)), changed);
    says(await fabric.post('login/passwordless/confirm/', { identifier: email, code }), no.wrongCode);
    says(await fabric.resetWith(email, token, 'a third fine passphrase'), no.wrongCode);
    await fabric.session(email, OTHER_PASSWORD);
  });

  test('changes the password of whoever the token is for, whatever else the body says', async () => {
    const [mine, theirs] = [await fabric.member(), await fabric.member()];
    const { access } = await fabric.enter(mine.email);
    const account = await fabric.find(theirs.email);
    const foreign = { identifier: theirs.email, email: theirs.email, user_id: account.id, id: account.id };
    says(await change(access, { ...foreign, ...body(PASSWORD) }), changed);
    await fabric.session(theirs.email, PASSWORD);
    await fabric.session(mine.email, OTHER_PASSWORD);
  });
});
