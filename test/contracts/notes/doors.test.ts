/** One account store behind two doors, and no way from one door's tokens through the other. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { claimsOf, tokensOf } from '../fabric/driver.ts';
import { loginOf, no, OTHER_PASSWORD, PASSWORD, refreshOf, says, shows, start } from './driver.ts';

const notes = await start();
const { fabric } = notes;
const { app } = notes.server;

describe('one account', () => {
  test('made at Notes signs in at Fabric, by username and by e-mail, and shows its number and its UUID', async () => {
    const person = await notes.pending();
    assert.equal((await fabric.logIn(person.email)).status, 400);
    shows(await notes.verify(person.token), 'Verified');
    const { access } = tokensOf(await fabric.logIn(person.email));
    tokensOf(await fabric.logIn(person.username));
    const { id, email } = (await fabric.me(access)).body as { id: string; email: string };
    const account = await app.storage.accounts.findByNumber(person.userid);
    assert.deepEqual([account?.id, account?.email], [id, email]);
  });

  test('made at Fabric signs in at Notes by its e-mail', async () => {
    const { email } = await fabric.pending();
    says(await notes.login(email), no.inactive);
    const verified = await fabric.verified();
    loginOf(await notes.login(verified.email));
  });

  test('that an operator made without proof of its mailbox may be used at once', async () => {
    const person = notes.person();
    await fabric.account({ ...person, password: PASSWORD, isVerified: false });
    loginOf(await notes.login(person.username));
  });

  test('is activated by a code of Fabric as well, and once: after it the link has nothing left to do', async () => {
    const person = await notes.pending();
    assert.equal((await fabric.post('signup/otp/resend/', { identifier: person.email })).status, 200);
    const code = await fabric.code(person.email);
    assert.equal((await fabric.post('signup/confirm/', { identifier: person.email, code })).status, 200);
    loginOf(await notes.login(person.username));
    shows(await notes.verify(person.token), 'Already Verified');
  });

  test('is activated by its link, too, when a code was sent after it', async () => {
    const person = await notes.pending();
    assert.equal((await fabric.post('signup/otp/resend/', { identifier: person.email })).status, 200);
    const code = await fabric.code(person.email);
    shows(await notes.verify(person.token), 'Verified');
    assert.equal((await fabric.post('signup/confirm/', { identifier: person.email, code })).status, 400);
    loginOf(await notes.login(person.username));
  });

  // SEC-061
  test('whose password is changed at Fabric is signed out of Notes at the next request', async () => {
    const person = await notes.guest();
    const drawn = refreshOf(await notes.refresh(person.refresh), person.refresh);
    await notes.assertWorks({ ...person, ...drawn });
    const { access } = tokensOf(await fabric.logIn(person.email));
    assert.equal((await fabric.changePassword(access, PASSWORD, OTHER_PASSWORD)).status, 200);
    for (const { access: old } of [person, drawn]) says(await notes.current(old), no.expired);
    says(await notes.refresh(person.refresh), no.expiredRefresh);
    says(await notes.login(person.username), no.wrong);
    loginOf(await notes.login(person.username, OTHER_PASSWORD));
    assert.equal((await fabric.me(access)).status, 200, 'who changed it stays');
  });

  test('whose password is reset is signed out of Notes, and a lock of Notes ends', async () => {
    const person = await notes.guest();
    for (let count = 0; count < 5; count += 1)
      says(await notes.login(person.username, 'wrong one'), no.wrong);
    says(await notes.login(person.username), no.wrong);
    await fabric.post('password/reset/', { identifier: person.email });
    assert.equal((await fabric.resetWith(person.email, await fabric.code(person.email))).status, 200);
    says(await notes.current(person.access), no.expired);
    loginOf(await notes.login(person.username, OTHER_PASSWORD));
  });
});

describe('tokens stay at their door:', () => {
  test('those of Fabric open nothing here', async () => {
    const guest = await fabric.guest();
    for (const token of [guest.access, guest.refresh]) {
      says(await notes.current(token), no.badRequest);
      says(await notes.refresh(token), no.invalidRefresh);
    }
  });

  test('not even dressed up: what a Fabric token says of itself is no token here', async () => {
    const guest = await fabric.guest();
    for (const token of [guest.access, guest.refresh]) {
      const hex = Buffer.from(claimsOf(token).jti, 'base64url').toString('hex').padEnd(64, '0');
      says(await notes.refresh(`r.${hex}`), no.expiredRefresh);
      says(await notes.current(`a.${hex}`), no.expired);
    }
    tokensOf(await fabric.refresh(guest.refresh));
  });

  test('those of Notes open nothing at Fabric', async () => {
    const { access, refresh, ...person } = await notes.guest();
    for (const token of [access, refresh]) {
      assert.equal((await fabric.me(token)).status, 401);
      assert.equal((await fabric.refresh(token)).status, 400);
    }
    await notes.assertWorks({ ...person, access });
  });
});
