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
  says,
  start,
  tokensOf,
} from './driver.ts';

const fabric = await start();
const sent = done('otp has been sent to the email.');
const moved = done('Email has been changed successfully.');
const change = (bearer: string | undefined, json: object) =>
  fabric.post('email/change/', json, bearer === undefined ? {} : { bearer });
const confirm = (identifier: string, code: unknown) =>
  fabric.post('email/change/confirm/', { identifier, code });

/** Somebody with a password who is signed in. */
async function mover() {
  const email = fabric.email('old');
  await fabric.account({ email, password: PASSWORD });
  return { email, ...(await fabric.enter(email)) };
}

/** The same, with a change under way. */
async function moving(to = fabric.email('new')) {
  const person = await mover();
  says(await fabric.changeEmail(person.access, to), sent);
  return { ...person, to, code: await fabric.code(to) };
}

describe('asking for another address', () => {
  test('sends the code to the new address and a notice to the old one; nothing changes yet', async () => {
    const { email, access, to, code } = await moving();
    const [notice] = await fabric.server.messages(email);
    assert.deepEqual([notice?.code, notice?.link], [undefined, undefined]);
    assert.match(notice?.subject ?? '', /address is about to change/);
    assert.match(notice?.text ?? '', new RegExp(`to ${to}\\.`));
    assert.doesNotMatch(notice?.text ?? '', new RegExp(code));
    assert.equal((await fabric.server.messages(to)).length, 1);
    assert.equal((await fabric.me(access)).body.email, email);
    await fabric.session(email);
    says(await fabric.logIn(to), no.unknownAtLogin);
  });

  test('by link says so, and sends one', async () => {
    const { email, access } = await mover();
    const to = fabric.email('new');
    says(
      await fabric.changeEmail(access, to, PASSWORD, { verification_type: 'link' }),
      done('link has been sent to the email.'),
    );
    const { link = '', code } = await fabric.message(to);
    assert.equal(code, undefined);
    assert.match(link, /^http:\/\/127\.0\.0\.1:8000\/email-change\/verify\?/);
    assert.doesNotMatch((await fabric.message(email)).text, /http/);
    says(await confirm(to, await fabric.linkToken(to)), moved);
  });

  test('refuses in the documented order: bearer, fields, format, no password, wrong password, taken', async () => {
    const { access, refresh } = await mover();
    const { email: taken } = await fabric.member();
    const passwordless = await fabric.guest();
    says(await change(undefined, {}), no.noCredentials);
    says(await change(refresh, {}), no.wrongTokenKind);
    says(await change(access, {}), no.missing('new_email', 'current_password'));
    says(
      await change(access, { new_email: '', current_password: null, verification_type: 'x' }),
      no.fields(400, 'blank', {
        new_email: 'This field may not be blank.',
        current_password: 'This field may not be null.',
        verification_type: '"x" is not a valid choice.',
      }),
    );
    for (const bad of ['ada', '+491711234567']) {
      says(await fabric.changeEmail(access, bad, 'wrong'), no.badEmail('new_email'));
    }
    says(await fabric.changeEmail(passwordless.access, taken, 'any'), no.passwordless);
    says(await fabric.changeEmail(access, taken, 'wrong'), no.wrongCurrentPassword);
    says(await fabric.changeEmail(access, taken), no.emailTaken);
    says(await fabric.changeEmail(access, taken.toUpperCase()), no.emailTaken);
  });

  test('whoever has the token but not the password moves nothing, and nobody is written to', async () => {
    const { email, access } = await mover();
    const before = await fabric.server.messages(email);
    const to = fabric.email('thief');
    says(await fabric.changeEmail(access, to, OTHER_PASSWORD), no.wrongCurrentPassword);
    assert.deepEqual(await fabric.server.messages(to), []);
    assert.deepEqual(await fabric.server.messages(email), before);
  });

  test('a sign-up that nobody confirmed does not hold the address against its owner', async () => {
    const squatter = await fabric.pending();
    const { access, code } = await moving(squatter.email);
    says(await confirm(squatter.email, code), moved);
    assert.equal((await fabric.me(access)).body.email, squatter.email);
    says(
      await fabric.post('signup/confirm/', { identifier: squatter.email, code: squatter.code }),
      no.wrongCode,
    );
  });

  test('takes the place of an earlier request, to the same address or another', async () => {
    const { access, to: first, code } = await moving();
    const second = fabric.email('new');
    says(await fabric.changeEmail(access, second), sent);
    says(await confirm(first, code), no.unknown);
    const old = await fabric.code(second);
    says(await fabric.changeEmail(access, second), sent);
    says(await confirm(second, old), no.wrongCode);
    says(await confirm(second, await fabric.code(second)), moved);
  });
});

describe('confirming the new address', () => {
  test('needs no token: the change is bound to whoever asked. Sessions go on, the old address is free', async () => {
    const { email, access, refresh, to, code } = await moving();
    says(await confirm(to, code), moved);
    assert.equal((await fabric.me(access)).body.email, to);
    tokensOf(await fabric.refresh(refresh));
    says(await fabric.logIn(email), no.unknownAtLogin);
    await fabric.session(to);
    await fabric.verified(email, OTHER_PASSWORD);
  });

  test('refuses in the documented order: fields, format, nothing pending, wrong, expired', async () => {
    const { email, to, code } = await moving();
    says(await fabric.post('email/change/confirm/', {}), no.missing('identifier', 'code'));
    says(await confirm('ada', code), no.badEmail());
    says(await confirm('+491711234567', code), no.badEmail());
    says(await confirm(fabric.email(), code), no.unknown);
    says(await confirm(email, code), no.unknown);
    says(await confirm(to, otherThan(code)), no.wrongCode);
    fabric.server.clock.advance(3 * MINUTE);
    says(await confirm(to, otherThan(code)), no.wrongCode);
    says(await confirm(to, code), no.expiredCode);
  });

  test('works once', async () => {
    const { to, code } = await moving();
    says(await confirm(to, code), moved);
    says(await confirm(to, code), no.wrongCode);
  });

  test('finds the change by any spelling; the account gets the one that was written to', async () => {
    const to = fabric.email('Sophie.Germain');
    const { access, code } = await moving(to);
    says(await confirm(` ${to.toUpperCase()}`, code), moved);
    assert.equal((await fabric.me(access)).body.email, to);
  });

  test('takes a link for an hour', async () => {
    const [early, late] = [await mover(), await mover()];
    const targets = [fabric.email(), fabric.email()] as const;
    const byLink = { verification_type: 'link' };
    await fabric.changeEmail(early.access, targets[0], PASSWORD, byLink);
    await fabric.changeEmail(late.access, targets[1], PASSWORD, byLink);
    fabric.server.clock.advance(HOUR - 1);
    says(await confirm(targets[0], await fabric.linkToken(targets[0])), moved);
    fabric.server.clock.advance(1);
    says(await confirm(targets[1], await fabric.linkToken(targets[1])), no.expiredCode);
  });

  test('kills what was sent to the old address', async () => {
    const { email, to, code } = await moving();
    await fabric.post('password/reset/', { identifier: email });
    const recovery = await fabric.code(email);
    await fabric.post('login/passwordless/', { identifier: email });
    const signIn = await fabric.code(email);
    says(await confirm(to, code), moved);
    for (const identifier of [email, to]) {
      const known = identifier === to ? no.wrongCode : no.unknown;
      says(await fabric.resetWith(identifier, recovery), known);
      says(await fabric.post('login/passwordless/confirm/', { identifier, code: signIn }), known);
    }
  });

  // SEC-018, SEC-030: or each guess would be compared with as many codes as there are accounts that ask.
  test('when two ask for the same address, only the newest code is good, and moves who asked for it', async () => {
    const to = fabric.email('wanted');
    const one = await moving(to);
    const other = await moving(to);
    says(await confirm(to, one.code), no.wrongCode);
    says(await confirm(to, other.code), moved);
    assert.equal((await fabric.me(other.access)).body.email, to);
    assert.equal((await fabric.me(one.access)).body.email, one.email);
    const { storage } = fabric.server.app;
    assert.equal((await storage.challenges.findByTarget('email_change', to)).length, 1);
  });

  test('an address that somebody registered meanwhile is taken', async () => {
    const { email, access, to, code } = await moving();
    await fabric.verified(to, OTHER_PASSWORD);
    says(await confirm(to, code), no.emailTaken);
    assert.equal((await fabric.me(access)).body.email, email);
    await fabric.session(to, OTHER_PASSWORD);
    await fabric.session(email, PASSWORD);
  });

  test('a change under way dies with a password change, a reset and a deactivation', async () => {
    const one = await moving();
    says(
      await fabric.changePassword(one.access, PASSWORD, OTHER_PASSWORD),
      done('Password has been changed successfully.'),
    );
    says(await confirm(one.to, one.code), no.wrongCode);

    const two = await moving();
    await fabric.post('password/reset/', { identifier: two.email });
    await fabric.resetWith(two.email, await fabric.code(two.email));
    says(await confirm(two.to, two.code), no.wrongCode);

    const three = await moving();
    const { admin } = fabric.server.app;
    await admin.disableAccount({ actor: operator, account: await fabric.find(three.email) });
    await admin.enableAccount({ actor: operator, account: await fabric.find(three.email) });
    says(await confirm(three.to, three.code), no.wrongCode);
    for (const { email } of [one, two, three]) assert.equal((await fabric.find(email)).email, email);
  });

  test('and with the account', async () => {
    const { email, to, code } = await moving();
    await fabric.server.app.admin.deleteAccount({ actor: operator, account: await fabric.find(email) });
    says(await confirm(to, code), no.unknown);
  });
});
