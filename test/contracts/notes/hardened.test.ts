import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WireAnswer } from '../../support/wire.ts';
import { loginOf, no, OTHER_PASSWORD, type Person, says, shows, start } from './driver.ts';

const notes = await start({ env: { LATCHKEY_ENUMERATION: 'hardened' } });
const { app } = notes.server;

/** Work that only time could tell: passwords hashed and compared, messages sealed. */
const work = { hashes: 0, comparisons: 0, messages: 0 };
const { passwords, outbox } = app.core;
const [admit, entry] = [passwords.admit.bind(passwords), outbox.entry.bind(outbox)];
passwords.admit = () => {
  const place = admit();
  return {
    ...place,
    hash(password) {
      work.hashes += 1;
      return place.hash(password);
    },
    verify(password, hash) {
      work.comparisons += 1;
      return place.verify(password, hash);
    },
  };
};
outbox.entry = (message) => {
  work.messages += 1;
  return entry(message);
};

const useridOf = (answer: WireAnswer): number => {
  const { userid } = answer.body as { userid: number };
  assert.ok(Number.isInteger(userid));
  says(answer, [200, { message: 'Signup success', userid }]);
  return userid;
};

/** Everything that a pair of username and e-mail can meet. */
const states: Record<string, () => Promise<Person>> = {
  'nobody at all': async () => notes.person(),
  'an account with both': () => notes.member(),
  'an account with the username': async () => ({
    ...notes.person(),
    username: (await notes.member()).username,
  }),
  'an account with the e-mail': async () => ({ ...notes.person(), email: (await notes.member()).email }),
  'a pending sign-up with both': () => notes.pending(),
  'a pending sign-up with the username': async () => ({
    ...notes.person(),
    username: (await notes.pending()).username,
  }),
  'a pending sign-up with the e-mail': async () => ({
    ...notes.person(),
    email: (await notes.pending()).email,
  }),
};

// SEC-005
describe('in hardened mode', () => {
  test('a sign-up answers everybody alike: the next number, after the same work', async () => {
    for (const [state, create] of Object.entries(states)) {
      const { username, email } = await create();
      const before = useridOf(await notes.signup(notes.person()));
      const done = { ...work };
      const userid = useridOf(await notes.signup({ username, email }, OTHER_PASSWORD));
      const cost = {
        hashes: work.hashes - done.hashes,
        comparisons: work.comparisons - done.comparisons,
        messages: work.messages - done.messages,
      };
      const after = useridOf(await notes.signup(notes.person()));
      assert.deepEqual(
        { state, before, userid, after },
        { state, before, userid: before + 1, after: before + 2 },
      );
      assert.deepEqual({ state, ...cost }, { state, hashes: 1, comparisons: 1, messages: 1 });
    }
  });

  test('the owner of an address hears that somebody signed up with it, and keeps the account', async () => {
    const owner = await notes.member();
    for (const person of [owner, { ...notes.person(), email: owner.email }]) {
      useridOf(await notes.signup(person, OTHER_PASSWORD));
    }
    const messages = await notes.server.messages(owner.email);
    assert.deepEqual(
      messages.map(({ subject, link }) => [subject, link]),
      Array.from({ length: 2 }, () => ['You already have an account at Latchkey', undefined]),
    );
    loginOf(await notes.login(owner.username));
  });

  test('nobody gets a mail about the username of somebody else', async () => {
    const owner = await notes.member();
    const person = { ...notes.person(), username: owner.username };
    useridOf(await notes.signup(person));
    for (const { email } of [owner, person]) assert.deepEqual(await notes.server.messages(email), []);
  });

  test('who is new signs up, activates and signs in as ever', async () => {
    const person = await notes.pending();
    const account = await app.storage.accounts.findByNumber(person.userid);
    assert.equal(account?.username, person.username);
    shows(await notes.verify(person.token), 'Verified');
    shows(await notes.verify(person.token), 'Already Verified');
    shows(await notes.verify('x'), 'Cannot Verify');
    loginOf(await notes.login(person.username));
    says(await notes.login(person.username, 'wrong password'), no.wrong);
    says(await notes.login('nobody', 'wrong password'), no.wrong);
  });
});
