import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  COMMON_PASSWORD,
  fabricSays,
  no,
  OTHER_PASSWORD,
  PASSWORD,
  said,
  says,
  start,
  user,
} from './driver.ts';

const vibemobi = await start();
const { fabric, server } = vibemobi;
const ME = '/users/me';

describe('reading oneself', () => {
  test('answers the user in the documented order', async () => {
    const { email, id, bearer } = await vibemobi.member({ username: 'Emmy.N' });
    const answer = await vibemobi.get(ME, bearer);
    assert.equal(
      answer.text,
      `{"username":"Emmy.N","email":"${email}","is_active":true,"is_superuser":false,"is_staff":false,"full_name":null,"id":"${id}"}`,
    );
    assert.match(id, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  test('shows the e-mail where there is no username, and the rights there are', async () => {
    const { email, id, bearer } = await vibemobi.superuser();
    await server.app.storage.accounts.setRights(id, { isStaff: true });
    says(await vibemobi.get(ME, bearer), [200, user({ email, id, is_superuser: true, is_staff: true })]);
  });
});

describe('changing oneself', () => {
  test('changes only what is sent', async () => {
    const { email, id, bearer } = await vibemobi.member({ username: 'only.sent' });
    const before = user({ email, id, username: 'only.sent' });
    says(await vibemobi.patch(ME, {}, bearer), [200, before]);
    const named = { ...before, full_name: 'Emmy Noether \u{1f511}' };
    says(await vibemobi.patch(ME, { full_name: named.full_name }, bearer), [200, named]);
    says(await vibemobi.patch(ME, {}, bearer), [200, named]);
    const moved = { ...named, email: vibemobi.email() };
    says(await vibemobi.patch(ME, { email: moved.email }, bearer), [200, moved]);
    says(await vibemobi.patch(ME, { full_name: null }, bearer), [200, { ...moved, full_name: null }]);
    says(await vibemobi.get(ME, bearer), [200, { ...moved, full_name: null }]);
  });

  test('clears no e-mail: an account without one would be nobody’s', async () => {
    const { email, id, bearer } = await vibemobi.member();
    says(await vibemobi.patch(ME, { email: null }, bearer), [200, user({ email, id })]);
  });

  test('to an address that is taken is refused, in any case, and changes nothing', async () => {
    const [{ email, id, bearer }, other] = [await vibemobi.member(), await vibemobi.member()];
    for (const taken of [other.email, other.email.toUpperCase(), ` ${other.email}`]) {
      says(await vibemobi.patch(ME, { email: taken, full_name: 'Eve' }, bearer), no.emailConflict);
    }
    says(await vibemobi.get(ME, bearer), [200, user({ email, id })]);
  });

  test('to the address of a sign-up that nobody confirmed is possible, and ends that sign-up', async () => {
    const { id, bearer } = await vibemobi.member();
    const { email, code } = await fabric.pending();
    says(await vibemobi.patch(ME, { email }, bearer), [200, user({ email, id })]);
    const confirmed = await fabric.post('signup/confirm/', { identifier: email, code });
    assert.notEqual(confirmed.status, 200);
    assert.equal((await fabric.find(email)).id, id);
  });

  // SEC-030
  test('to a new address leaves it unverified, tells the old one, and keeps the session', async () => {
    const { email, id, bearer } = await vibemobi.member();
    const next = vibemobi.email();
    says(await vibemobi.patch(ME, { email: next }, bearer), [200, user({ email: next, id })]);
    assert.equal((await vibemobi.stored(id)).emailVerifiedAt, null);
    const [notice, ...others] = await server.messages(email);
    assert.ok(notice?.text.includes(next));
    assert.deepEqual([others, await server.messages(next)], [[], []]);
    says(await vibemobi.get(ME, bearer), [200, user({ email: next, id })]);
    await vibemobi.session(next);
    says(await vibemobi.logIn(email), no.incorrect);
    says(await fabric.logIn(next), fabricSays.unverified);
  });

  test('to another spelling of the same address keeps it verified and writes to nobody', async () => {
    const { email, id, bearer } = await vibemobi.member();
    const spelled = email.replace('person', 'Person');
    says(await vibemobi.patch(ME, { email: spelled }, bearer), [200, user({ email: spelled, id })]);
    assert.notEqual((await vibemobi.stored(id)).emailVerifiedAt, null);
    assert.deepEqual([...(await server.messages(email)), ...(await server.messages(spelled))], []);
  });
});

describe('changing the password', () => {
  const change = (bearer: string, current_password: string, new_password: string) =>
    vibemobi.patch(`${ME}/password`, { current_password, new_password }, bearer);

  test('keeps the session that asked and ends all others, of Fabric too', async () => {
    const { email, id, bearer } = await vibemobi.member();
    const another = await vibemobi.session(email);
    const atFabric = await fabric.enter(email);
    says(await change(bearer, PASSWORD, OTHER_PASSWORD), said.passwordUpdated);
    says(await vibemobi.get(ME, bearer), [200, user({ email, id })]);
    says(await vibemobi.get(ME, another), no.badCredentials);
    says(await fabric.me(atFabric.access), fabricSays.badToken);
    says(await fabric.refresh(atFabric.refresh), fabricSays.refreshOver);
    says(await vibemobi.logIn(email), no.incorrect);
    await vibemobi.session(email, OTHER_PASSWORD);
    await fabric.session(email, OTHER_PASSWORD);
  });

  test('at Fabric ends the sessions of this contract', async () => {
    const { email, bearer } = await vibemobi.member();
    const { access } = await fabric.enter(email);
    await fabric.changePassword(access, PASSWORD, OTHER_PASSWORD);
    says(await vibemobi.get(ME, bearer), no.badCredentials);
  });

  test('is refused with a wrong password, with the same one, and only then for weakness', async () => {
    const { email, bearer } = await vibemobi.member();
    says(await change(bearer, OTHER_PASSWORD, OTHER_PASSWORD), no.incorrectPassword);
    says(await change(bearer, '', COMMON_PASSWORD), no.incorrectPassword);
    says(await change(bearer, PASSWORD, PASSWORD), no.samePassword);
    await vibemobi.session(email);
  });

  test('is refused as incorrect while locked, and its guesses count at sign-in', async () => {
    const { email, bearer } = await vibemobi.member();
    for (let guess = 1; guess <= 5; guess += 1)
      says(await change(bearer, `${PASSWORD}${guess}`, OTHER_PASSWORD), no.incorrectPassword);
    says(await change(bearer, PASSWORD, OTHER_PASSWORD), no.incorrectPassword);
    says(await vibemobi.logIn(email), no.incorrect);
    assert.equal((await vibemobi.get(ME, bearer)).status, 200);
  });

  test('is refused as incorrect where there is none', async () => {
    const { id, bearer } = await vibemobi.member();
    await server.app.storage.passwords.remove(id);
    says(await change(bearer, PASSWORD, OTHER_PASSWORD), no.incorrectPassword);
  });
});

describe('deleting oneself', () => {
  test('ends everything, here and at Fabric, and frees e-mail and username but not id and number', async () => {
    const { email, id, account, bearer } = await vibemobi.member({ username: 'Gone.Girl' });
    const { access } = await fabric.enter(email);
    says(await vibemobi.delete(ME, bearer), said.userDeleted);
    says(await vibemobi.get(ME, bearer), no.userNotFound);
    says(await vibemobi.delete(ME, bearer), no.userNotFound);
    says(await fabric.me(access), fabricSays.userGone);
    says(await vibemobi.logIn(email), no.incorrect);
    const again = { email, password: OTHER_PASSWORD, username: 'gone.girl' };
    const answer = await vibemobi.post('/users/signup', again);
    says(answer, [200, user({ email, id: answer.body.id, username: 'gone.girl' })]);
    assert.notEqual(answer.body.id, id);
    assert.ok((await vibemobi.stored(answer.body.id)).number > account.number);
    says(await vibemobi.get(ME, bearer), no.userNotFound);
  });

  test('is not for superusers', async () => {
    const { email, id, bearer } = await vibemobi.superuser();
    says(await vibemobi.delete(ME, bearer), no.selfDeletion);
    says(await vibemobi.get(ME, bearer), [200, user({ email, id, is_superuser: true })]);
  });
});
