import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import {
  done,
  HOUR,
  MINUTE,
  no,
  OTHER_PASSWORD,
  otherThan,
  PASSWORD,
  SHORT_PASSWORD,
  says,
  start,
  tokensOf,
} from './driver.ts';

const fabric = await start();
const sent = done('otp sent via email.');
const reset = done('Password has been reset successfully.');
const ask = (identifier: string, more = {}) => fabric.post('password/reset/', { identifier, ...more });
const confirm = (body: object) => fabric.post('password/reset/confirm/', body);
const both = (password: string) => ({ new_password: password, confirm_password: password });

/** Asks, and reads the code. */
async function codeFor(email: string): Promise<string> {
  says(await ask(email), sent);
  return fabric.code(email);
}

describe('asking for a new password', () => {
  test('sends six digits or a link to the stored address alone', async () => {
    const email = fabric.email('Emmy.Noether');
    await fabric.account({ email });
    says(await ask(email.toUpperCase()), sent);
    assert.match((await fabric.message(email)).code ?? '', /^[0-9]{6}$/);
    says(await ask(email, { verification_type: 'link' }), done('link sent via email.'));
    assert.match(
      (await fabric.message(email)).link ?? '',
      /^http:\/\/127\.0\.0\.1:8000\/password-reset\/verify\?/,
    );
    assert.deepEqual(await fabric.server.messages(email.toUpperCase()), []);
  });

  test('refuses in the documented order: fields, format, unknown', async () => {
    says(await fabric.post('password/reset/', {}), no.missing('identifier'));
    says(await ask('', {}), no.fields(400, 'blank', { identifier: 'This field may not be blank.' }));
    says(await ask('ada', { method: 'sms' }), no.smsChoice);
    says(await ask('ada'), no.badEmail());
    says(await ask(fabric.email()), no.unknown);
  });

  test('changes nothing by itself', async () => {
    const { email } = await fabric.member();
    const { access } = await fabric.enter(email);
    await codeFor(email);
    assert.equal((await fabric.me(access)).status, 200);
    await fabric.session(email);
  });
});

describe('setting a new password with a code', () => {
  test('works once, ends every session, and signs nobody in', async () => {
    const { email } = await fabric.member();
    const sessions = [await fabric.session(email), await fabric.enter(email)];
    const code = await codeFor(email);
    says(await fabric.resetWith(email, code), reset);
    for (const { access, refresh } of sessions) {
      says(await fabric.me(access), no.badToken);
      says(await fabric.refresh(refresh), no.refreshOver);
    }
    says(await fabric.logIn(email, PASSWORD), no.wrongPassword);
    await fabric.session(email, OTHER_PASSWORD);
    says(await fabric.resetWith(email, code, 'a third fine passphrase'), no.wrongCode);
    await fabric.session(email, OTHER_PASSWORD);
  });

  test('refuses in the documented order: fields, format, mismatch, strength, unknown, wrong, expired', async () => {
    const { email } = await fabric.member();
    const code = await codeFor(email);
    const good = { identifier: email, code, ...both(OTHER_PASSWORD) };
    says(await confirm({}), no.missing('identifier', 'code', 'new_password', 'confirm_password'));
    says(
      await confirm({ identifier: 'ada', code, new_password: '', confirm_password: null }),
      no.fields(400, 'blank', {
        new_password: 'This field may not be blank.',
        confirm_password: 'This field may not be null.',
      }),
    );
    says(await confirm({ ...good, identifier: 'ada', confirm_password: 'x' }), no.badEmail());
    says(await confirm({ ...good, new_password: '1', confirm_password: '2' }), no.differ);
    const stranger = fabric.email();
    says(
      await confirm({ ...good, identifier: stranger, ...both(SHORT_PASSWORD) }),
      no.tooShort('new_password'),
    );
    says(await confirm({ ...good, identifier: stranger }), no.unknown);
    says(await confirm({ ...good, code: otherThan(code) }), no.wrongCode);
    fabric.server.clock.advance(3 * MINUTE);
    says(await confirm({ ...good, code: otherThan(code) }), no.wrongCode);
    says(await confirm(good), no.expiredCode);
    await fabric.session(email, PASSWORD);
  });

  test('refuses weak passwords, each in its words, and the code is still good', async () => {
    const { email } = await fabric.member({ email: fabric.email('dorothy.vaughan') });
    const code = await codeFor(email);
    for (const [password, expected] of [
      [SHORT_PASSWORD, no.tooShort('new_password')],
      ['password123', no.tooCommon('new_password')],
      ['93847561029384', no.numeric('new_password')],
      [email, no.similar('new_password')],
    ] as const) {
      says(await confirm({ identifier: email, code, ...both(password) }), expected);
    }
    says(await fabric.resetWith(email, code), reset);
  });

  test('a password like another name of the account is refused, but only to its owner', async () => {
    const [email, username] = [fabric.email(), 'annie-easley'];
    await fabric.account({ email, username, password: PASSWORD });
    const code = await codeFor(email);
    says(await fabric.resetWith(email, otherThan(code), `${username}1`), no.wrongCode);
    says(await fabric.resetWith(email, code, `${username}1`), no.similar('new_password'));
    says(await fabric.resetWith(email, code), reset);
  });

  test('takes the newest code and no earlier one', async () => {
    const { email } = await fabric.member();
    const old = await codeFor(email);
    const fresh = await codeFor(email);
    says(await fabric.resetWith(email, old), no.wrongCode);
    says(await fabric.resetWith(email, fresh), reset);
  });

  test('takes the token of a link as the code, once, for an hour', async () => {
    const [early, late] = [fabric.email(), fabric.email()];
    for (const email of [early, late]) {
      await fabric.account({ email });
      await ask(email, { verification_type: 'link' });
    }
    const token = await fabric.linkToken(early);
    fabric.server.clock.advance(HOUR - 1);
    says(await fabric.resetWith(early, token), reset);
    says(await fabric.resetWith(early, token), no.wrongCode);
    fabric.server.clock.advance(1);
    says(await fabric.resetWith(late, await fabric.linkToken(late)), no.expiredCode);
  });

  test('gives an account without a password one', async () => {
    const { email } = await fabric.guest();
    says(await fabric.resetWith(email, await codeFor(email)), reset);
    await fabric.session(email, OTHER_PASSWORD);
  });

  // SEC-028
  test('verifies the address; the password of an unconfirmed sign-up and its code are dead', async () => {
    const { email, code } = await fabric.pending();
    says(await fabric.resetWith(email, await codeFor(email)), reset);
    says(await fabric.post('signup/confirm/', { identifier: email, code }), no.wrongCode);
    says(await fabric.logIn(email, PASSWORD), no.wrongPassword);
    await fabric.session(email, OTHER_PASSWORD);
  });

  // SEC-063
  test('kills every other code and link of the account', async () => {
    const { email } = await fabric.member();
    const { access } = await fabric.enter(email);
    await fabric.post('login/passwordless/', { identifier: email });
    const signIn = await fabric.code(email);
    const elsewhere = fabric.email();
    says(await fabric.changeEmail(access, elsewhere), done('otp has been sent to the email.'));
    const move = await fabric.code(elsewhere);
    says(await fabric.resetWith(email, await codeFor(email)), reset);
    says(await fabric.post('login/passwordless/confirm/', { identifier: email, code: signIn }), no.wrongCode);
    says(await fabric.post('email/change/confirm/', { identifier: elsewhere, code: move }), no.wrongCode);
  });

  test('kills nothing of anybody else', async () => {
    const { email } = await fabric.member();
    const bystander = await fabric.guest();
    says(await fabric.resetWith(email, await codeFor(email)), reset);
    assert.equal((await fabric.me(bystander.access)).status, 200);
    tokensOf(await fabric.refresh(bystander.refresh));
  });

  test('does not switch a closed account on, and says so only to its owner', async () => {
    const { email } = await fabric.member();
    const account = await fabric.find(email);
    await fabric.server.app.admin.disableAccount({ actor: operator, account });
    const code = await codeFor(email);
    says(await fabric.resetWith(email, otherThan(code)), no.wrongCode);
    says(await fabric.resetWith(email, code), no.disabled);
    says(await fabric.logIn(email, PASSWORD), no.disabled);
  });
});
