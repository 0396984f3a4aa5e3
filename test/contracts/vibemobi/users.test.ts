import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  assertAlike,
  COMMON_PASSWORD,
  fabricSays,
  NOBODY,
  no,
  OTHER_PASSWORD,
  PASSWORD,
  said,
  says,
  start,
  type User,
  user,
} from './driver.ts';

const vibemobi = await start();
const { fabric, server } = vibemobi;
const root = await vibemobi.superuser();
const { bearer } = root;

const create = (json: object) => vibemobi.post('/users/', json, { bearer });
const patch = (id: string, json: object) => vibemobi.patch(`/users/${id}`, json, bearer);

/** Creates a user, and answers it. */
async function created(json: Partial<User> & { email: string }): Promise<User> {
  const answer = await create({ password: PASSWORD, ...json });
  const made = user({ ...json, id: answer.body.id });
  says(answer, [200, made]);
  return made;
}

describe('the list of users', () => {
  test('has all of them, the newest first, and is read page by page', async () => {
    const listing = await start();
    const { bearer: reader } = await listing.superuser();
    for (let index = 0; index < 104; index += 1) {
      await listing.fabric.account({ email: listing.email() });
      // Some are made in the same instant.
      if (index % 3 === 0) listing.server.clock.advance(1_000);
    }
    const all = (await listing.server.app.storage.accounts.list({ skip: 0, limit: 1_000 }))
      .toSorted((one, other) => other.number - one.number)
      .map(({ id }) => id);
    assert.equal(all.length, 105);

    const page = async (query: string) => {
      const { status, text, body } = await listing.get(`/users/${query}`, reader);
      assert.equal(status, 200, text);
      assert.deepEqual(Object.keys(body), ['data', 'count']);
      assert.equal(body.count, 105);
      assert.equal(text, JSON.stringify({ data: body.data.map(user), count: 105 }));
      return body.data.map(({ id }: User) => id);
    };
    assert.deepEqual(await page(''), all.slice(0, 100));
    assert.deepEqual(await page('?skip=0&limit=100'), all.slice(0, 100));
    assert.deepEqual(await page('?limit=2'), all.slice(0, 2));
    assert.deepEqual(await page('?skip=3&limit=4'), all.slice(3, 7));
    assert.deepEqual(await page('?skip=100'), all.slice(100));
    assert.deepEqual(await page('?limit=1000'), all);
    assert.deepEqual(await page('?limit=0'), []);
    assert.deepEqual(await page('?skip=105'), []);
    assert.deepEqual(await page('?skip=%202&limit=%2B1'), all.slice(2, 3));
  });

  test('shows what each of them is', async () => {
    const made = await created({
      email: vibemobi.email(),
      username: 'Listed.One',
      full_name: 'Listed',
      is_staff: true,
      is_active: false,
    });
    const { body } = await vibemobi.get('/users?limit=1', bearer);
    assert.deepEqual(body.data, [made]);
  });
});

describe('creating a user', () => {
  test('answers them, who may sign in at once, here and after a proof of the address at Fabric', async () => {
    const email = vibemobi.email();
    const made = await created({ email, username: 'Created.One', full_name: 'C. One' });
    const own = await vibemobi.session('created.one');
    says(await vibemobi.get('/users/me', own), [200, made]);
    says(await fabric.logIn(email, PASSWORD), fabricSays.unverified);
  });

  test('gives the rights that are asked for, and none by itself', async () => {
    await created({ email: vibemobi.email() });
    const made = await created({ email: vibemobi.email(), is_superuser: true, is_staff: true });
    const own = await vibemobi.session(made.email);
    assert.equal((await vibemobi.get('/users/', own)).status, 200);
  });

  test('writes to the new user, without the password', async () => {
    const { email } = await created({ email: vibemobi.email() });
    const [mail, ...others] = await server.messages(email);
    assert.ok(mail);
    assert.deepEqual(others, []);
    for (const part of [mail.subject, mail.text, mail.html]) assert.ok(!part.includes(PASSWORD));
  });

  test('as inactive keeps them out until a superuser lets them in', async () => {
    const made = await created({ email: vibemobi.email(), is_active: false });
    says(await vibemobi.logIn(made.email), no.inactive);
    says(await patch(made.id, { is_active: true }), [200, { ...made, is_active: true }]);
    await vibemobi.session(made.email);
  });

  test('takes usernames of 3 to 50 characters', async () => {
    for (const username of ['abc', 'x'.repeat(50)]) await created({ email: vibemobi.email(), username });
  });

  test('is refused when the e-mail is taken, then when the username is, in texts with a full stop', async () => {
    const { email } = await created({ email: vibemobi.email(), username: 'Taken.One' });
    const free = vibemobi.email();
    for (const username of ['Taken.One', 'taken.one']) {
      const json = { username, password: COMMON_PASSWORD };
      says(await create({ ...json, email: email.toUpperCase() }), no.creationEmailTaken);
      says(await create({ ...json, email: free }), no.creationUsernameTaken);
    }
    assert.deepEqual((await server.messages(free)).length, 0);
  });

  test('takes the place of a sign-up at Fabric that nobody confirmed', async () => {
    const { email } = await fabric.pending();
    const { id } = await created({ email });
    assert.equal((await fabric.find(email)).id, id);
  });
});

describe('reading a user', () => {
  test('is for themselves and for superusers', async () => {
    const one = await vibemobi.member();
    const expected = [200, user(one)] as const;
    says(await vibemobi.get(`/users/${one.id}`, one.bearer), expected);
    says(await vibemobi.get(`/users/${one.id.toUpperCase()}/`, one.bearer), expected);
    says(await vibemobi.get(`/users/${one.id}`, bearer), expected);
  });

  // SEC-065
  test('is refused to everybody else, alike whether there is such a user or not', async () => {
    const [one, other] = [await vibemobi.member(), await vibemobi.member()];
    const refusal = await vibemobi.get(`/users/${other.id}`, one.bearer);
    says(refusal, no.noPrivileges);
    for (const id of [NOBODY, root.id]) {
      assertAlike(await vibemobi.get(`/users/${id}`, one.bearer), refusal);
    }
  });

  test('that is not there is 404 to a superuser', async () => {
    says(await vibemobi.get(`/users/${NOBODY}`, bearer), no.userNotFound);
  });
});

describe('changing a user', () => {
  test('changes only what is sent, and null clears', async () => {
    let expected = user(await vibemobi.member());
    const changes = [
      {},
      { full_name: 'Rosalind' },
      { username: 'Rosalind.F' },
      { is_staff: true },
      { is_superuser: true },
      { is_superuser: false, is_staff: false },
      { email: vibemobi.email() },
      { full_name: null },
    ];
    for (const change of changes) {
      expected = user({ ...expected, ...change } as User);
      says(await patch(expected.id, change), [200, expected]);
    }
    const { username: _own, ...rest } = expected;
    says(await patch(expected.id, { username: null }), [200, user(rest)]);
    says(await vibemobi.get(`/users/${expected.id}`, bearer), [200, user(rest)]);
    says(await vibemobi.logIn('Rosalind.F'), no.incorrect);
  });

  test('is refused in the documented order', async () => {
    const [one, other] = [await vibemobi.member(), await vibemobi.member({ username: 'Not.Free' })];
    const both = { email: other.email.toUpperCase(), username: 'not.free', password: COMMON_PASSWORD };
    says(await patch(NOBODY, both), no.patchedUnknown);
    says(await patch(one.id, both), no.emailConflict);
    const { email: _email, ...username } = both;
    says(await patch(one.id, username), no.usernameConflict);
    says(await vibemobi.get('/users/me', one.bearer), [200, user(one)]);
    says(await patch(other.id, { email: both.email, username: 'Not.Free' }), [
      200,
      user({ id: other.id, email: both.email.replace(/@.*/, '@example.com'), username: 'Not.Free' }),
    ]);
  });

  test('all or nothing: what is refused leaves the rest as it was', async () => {
    const [one, other] = [await vibemobi.member(), await vibemobi.member()];
    const json = { full_name: 'x', is_staff: true, is_active: false, email: other.email };
    says(await patch(one.id, json), no.emailConflict);
    says(await vibemobi.get('/users/me', one.bearer), [200, user(one)]);
  });

  test('grants and takes rights from the next request on', async () => {
    const one = await vibemobi.member();
    says(await vibemobi.get('/users/', one.bearer), no.noPrivileges);
    await patch(one.id, { is_superuser: true });
    assert.equal((await vibemobi.get('/users/', one.bearer)).status, 200);
    await patch(one.id, { is_superuser: false });
    says(await vibemobi.get('/users/', one.bearer), no.noPrivileges);
  });

  test('to a new address leaves it unverified and tells the old one', async () => {
    const { id, email } = await vibemobi.member();
    const next = vibemobi.email();
    says(await patch(id, { email: next }), [200, user({ id, email: next })]);
    assert.equal((await vibemobi.stored(id)).emailVerifiedAt, null);
    const [notice] = await server.messages(email);
    assert.ok(notice?.text.includes(next));
  });

  test('to a new password ends every session, of Fabric too, and opens the lock', async () => {
    const one = await vibemobi.member();
    const { access } = await fabric.enter(one.email);
    for (let guess = 1; guess <= 5; guess += 1) await vibemobi.logIn(one.email, 'wrong');
    says(await patch(one.id, { password: OTHER_PASSWORD }), [200, user(one)]);
    says(await vibemobi.get('/users/me', one.bearer), no.badCredentials);
    says(await fabric.me(access), fabricSays.badToken);
    says(await vibemobi.logIn(one.email), no.incorrect);
    await vibemobi.session(one.email, OTHER_PASSWORD);
  });

  test('back to what is shown of a pending sign-up leaves its code good', async () => {
    const email = vibemobi.email();
    await fabric.post('signup/', { identifier: email, password: PASSWORD });
    const code = await fabric.code(email);
    const { id } = await fabric.find(email);
    const shown = (await vibemobi.get(`/users/${id}`, root.bearer)).body as { is_active: boolean };
    assert.equal(shown.is_active, false);
    assert.equal((await patch(id, { full_name: 'x', is_active: shown.is_active })).status, 200);
    const confirmed = await fabric.post('signup/confirm/', { identifier: email, code });
    assert.equal(confirmed.status, 200, confirmed.text);
  });

  // SEC-061
  test('to inactive ends every session, of Fabric too, and none comes back with reactivation', async () => {
    const one = await vibemobi.member();
    const { access, refresh } = await fabric.enter(one.email);
    const token = await vibemobi.recoveryToken(one.email);
    says(await patch(one.id, { is_active: false }), [200, user({ ...one, is_active: false })]);
    says(await vibemobi.get('/users/me', one.bearer), no.inactive);
    assert.equal((await fabric.me(access)).status, 401);
    says(await vibemobi.reset(token), no.inactive);
    says(await vibemobi.logIn(one.email), no.inactive);
    says(await patch(one.id, { is_active: true }), [200, user(one)]);
    says(await vibemobi.get('/users/me', one.bearer), no.badCredentials);
    says(await fabric.me(access), fabricSays.badToken);
    says(await fabric.refresh(refresh), fabricSays.refreshOver);
    says(await vibemobi.reset(token), no.invalidToken);
    await vibemobi.session(one.email);
  });

  test('is written down, with who did it', async () => {
    const one = await vibemobi.member();
    await patch(one.id, { is_staff: true });
    const [event] = await vibemobi.audit(one.id);
    assert.deepEqual(
      [event?.type, event?.door, event?.actor],
      ['account_updated', 'vibemobi', `account:${root.id}`],
    );
  });
});

describe('deleting a user', () => {
  test('ends their sessions and frees their names; the id is never used again', async () => {
    const one = await vibemobi.member({ username: 'Deleted.One' });
    says(await vibemobi.delete(`/users/${one.id}`, bearer), said.userDeleted);
    says(await vibemobi.get('/users/me', one.bearer), no.userNotFound);
    says(await vibemobi.delete(`/users/${one.id}`, bearer), no.userNotFound);
    const again = await created({ email: one.email, username: 'deleted.one' });
    assert.notEqual(again.id, one.id);
    assert.ok((await vibemobi.stored(again.id)).number > one.account.number);
  });

  test('is possible for another superuser, not for oneself', async () => {
    const other = await vibemobi.superuser();
    says(await vibemobi.delete(`/users/${root.id}`, bearer), no.selfDeletion);
    says(await vibemobi.delete(`/users/${root.id.toUpperCase()}`, bearer), no.selfDeletion);
    assert.equal((await vibemobi.get('/users/me', bearer)).status, 200);
    says(await vibemobi.delete(`/users/${other.id}`, bearer), said.userDeleted);
  });

  test('that is not there is 404', async () => {
    says(await vibemobi.delete(`/users/${NOBODY}`, bearer), no.userNotFound);
  });
});
