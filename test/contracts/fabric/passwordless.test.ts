import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import {
  claimsOf,
  done,
  HOUR,
  MINUTE,
  no,
  OTHER_PASSWORD,
  otherThan,
  PASSWORD,
  says,
  start,
  tokensOf,
} from './driver.ts';

const fabric = await start();
const sent = done('otp sent via email.');
const ask = (identifier: string, more = {}) => fabric.post('login/passwordless/', { identifier, ...more });
const confirm = (identifier: string, code: unknown) =>
  fabric.post('login/passwordless/confirm/', { identifier, code });

async function known(): Promise<string> {
  const email = fabric.email();
  await fabric.account({ email });
  return email;
}

describe('asking for a sign-in message', () => {
  test('sends six digits to the stored address alone, and gives no tokens', async () => {
    const email = fabric.email('Lise.Meitner');
    await fabric.account({ email });
    says(await ask(` ${email.toLowerCase()}`), sent);
    const { length } = await fabric.server.messages(email.toLowerCase());
    assert.equal(length, 0, 'nothing goes to the spelling of the request');
    const messages = await fabric.server.messages(email);
    assert.equal(messages.length, 1);
    assert.match(messages[0]?.code ?? '', /^[0-9]{6}$/);
    assert.equal(messages[0]?.link, undefined);
  });

  test('sends a link where one is asked for', async () => {
    const email = await known();
    says(await ask(email, { verification_type: 'link' }), done('link sent via email.'));
    const { code, link } = await fabric.message(email);
    assert.equal(code, undefined);
    assert.match(link ?? '', /^http:\/\/127\.0\.0\.1:8000\/login\/verify\?/);
  });

  test('refuses in the documented order: fields, format, unknown', async () => {
    says(await fabric.post('login/passwordless/', {}), no.missing('identifier'));
    says(
      await ask('ada', { method: 'letter', verification_type: 'seal' }),
      no.fields(400, 'invalid_choice', {
        method: '"letter" is not a valid choice.',
        verification_type: '"seal" is not a valid choice.',
      }),
    );
    says(await ask('ada', { method: 'sms' }), no.smsChoice);
    says(await ask('ada'), no.badEmail());
    says(await ask('+491711234567'), no.badEmail());
    const stranger = fabric.email();
    says(await ask(stranger), no.unknown);
    assert.deepEqual(await fabric.server.messages(stranger), []);
  });
});

describe('signing in with a code', () => {
  test('answers tokens, once', async () => {
    const email = await known();
    await ask(email);
    const code = await fabric.code(email);
    const { access, refresh } = tokensOf(await confirm(email, code));
    assert.equal((await fabric.me(access)).body.email, email);
    tokensOf(await fabric.refresh(refresh));
    assert.equal(claimsOf(access).type, 'access');
    says(await confirm(email, code), no.wrongCode);
  });

  test('refuses in the documented order: fields, format, unknown, wrong, expired', async () => {
    const email = await known();
    await ask(email);
    const code = await fabric.code(email);
    says(await fabric.post('login/passwordless/confirm/', {}), no.missing('identifier', 'code'));
    says(await confirm('ada', code), no.badEmail());
    says(await confirm('+12', code), no.badPhone);
    says(await confirm(fabric.email(), code), no.unknown);
    says(await confirm(email, otherThan(code)), no.wrongCode);
    fabric.server.clock.advance(3 * MINUTE);
    says(await confirm(email, otherThan(code)), no.wrongCode);
    says(await confirm(email, code), no.expiredCode);
  });

  test('an account that asked for nothing has no right code', async () => {
    says(await confirm(await known(), '123456'), no.wrongCode);
  });

  test('takes the newest code and no earlier one', async () => {
    const email = await known();
    await ask(email);
    const old = await fabric.code(email);
    await ask(email);
    says(await confirm(email, old), no.wrongCode);
    tokensOf(await confirm(email, await fabric.code(email)));
  });

  test('takes the token of a link as the code, once, for an hour', async () => {
    const [early, late] = [await known(), await known()];
    for (const email of [early, late]) await ask(email, { verification_type: 'link' });
    const token = await fabric.linkToken(early);
    assert.match(token, /^[A-Za-z0-9_-]{43}$/);
    fabric.server.clock.advance(HOUR - 1);
    tokensOf(await confirm(early, token));
    says(await confirm(early, token), no.wrongCode);
    fabric.server.clock.advance(1);
    says(await confirm(late, await fabric.linkToken(late)), no.expiredCode);
  });

  test('leaves the password of a verified account alone, and the sessions that it opened', async () => {
    const { email } = await fabric.member();
    const { access } = await fabric.session(email);
    await fabric.enter(email);
    assert.equal((await fabric.me(access)).status, 200);
    await fabric.session(email);
  });

  // SEC-028: whoever set the password had not shown that the mailbox is theirs.
  test('verifies the address of a sign-up that nobody confirmed, and drops its password and code', async () => {
    const { email, code } = await fabric.pending();
    await fabric.enter(email);
    says(await fabric.post('signup/otp/resend/', { identifier: email }), no.alreadyVerified);
    says(await fabric.post('signup/confirm/', { identifier: email, code }), no.wrongCode);
    says(await fabric.logIn(email, PASSWORD), no.passwordless);
    says(await fabric.signUp(email, OTHER_PASSWORD), no.taken);
  });

  test('keeps out an account that is switched off, and says so only to its owner', async () => {
    const { email, account } = await fabric.guest();
    await fabric.server.app.admin.disableAccount({ actor: operator, account });
    says(await ask(email), sent);
    const code = await fabric.code(email);
    says(await confirm(email, otherThan(code)), no.wrongCode);
    says(await confirm(email, code), no.disabled);
  });

  test('a code that was sent before the account was switched off and on again is dead', async () => {
    const { email, account } = await fabric.guest();
    await ask(email);
    const code = await fabric.code(email);
    await fabric.server.app.admin.disableAccount({ actor: operator, account });
    await fabric.server.app.admin.enableAccount({ actor: operator, account });
    says(await confirm(email, code), no.wrongCode);
  });
});
