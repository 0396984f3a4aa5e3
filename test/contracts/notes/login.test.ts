import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import type { WireAnswer } from '../../support/wire.ts';
import {
  assertAlike,
  breakDatabase,
  HOUR,
  loginOf,
  MINUTE,
  no,
  OTHER_PASSWORD,
  PASSWORD,
  SECOND,
  says,
  start,
  times,
} from './driver.ts';

const notes = await start();
const { clock, app } = notes.server;
const evaluations = () => app.hashing.figures().evaluations;

describe('a login', () => {
  test('gives an access token for two hours and a refresh token, in the documented order', async () => {
    const person = await notes.member();
    const tokens = loginOf(await notes.login(person.username));
    await notes.assertWorks({ ...person, ...tokens });
    clock.advance(7200 * SECOND - 1);
    await notes.assertWorks({ ...person, ...tokens });
    clock.advance(1);
    says(await notes.current(tokens.access), no.expired);
  });

  test('takes the username or the e-mail, in any case and with spaces around it', async () => {
    const { username, email } = await notes.member();
    for (const name of [username, email, username.toUpperCase(), email.toUpperCase(), ` ${username}\t`]) {
      loginOf(await notes.login(name));
    }
  });

  test('does not trim the password', async () => {
    const { username } = await notes.member();
    for (const password of [` ${PASSWORD}`, `${PASSWORD} `]) {
      says(await notes.login(username, password), no.wrong);
    }
    loginOf(await notes.login(username));
  });

  test('opens a session of its own each time', async () => {
    const { username } = await notes.member();
    const [one, two] = [loginOf(await notes.login(username)), loginOf(await notes.login(username))];
    assert.equal(new Set([one.access, two.access, one.refresh, two.refresh]).size, 4);
    await notes.assertWorks({ ...one, username });
    await notes.assertWorks({ ...two, username });
  });
});

describe('a login is refused', () => {
  test('with 400 while a token that works is sent along, whatever else is wrong with it', async () => {
    const { username, access } = await notes.guest();
    says(await notes.login(username, PASSWORD, { bearer: access }), no.loggedIn);
    says(await notes.login(username, 'wrong password', { bearer: access }), no.loggedIn);
    says(await notes.post('login', {}, { bearer: access }), no.loggedIn);
    says(await notes.login('nobody', PASSWORD, { bearer: access }), no.loggedIn);
  });

  test('never because of a token that does not work', async () => {
    const { username, access, refresh } = await notes.guest();
    const { access: jwt } = await notes.fabric.guest();
    clock.advance(2 * HOUR);
    for (const bearer of [access, refresh, jwt, `a.${'0'.repeat(64)}`, 'rubbish', 'a.']) {
      loginOf(await notes.login(username, PASSWORD, { bearer }));
    }
    for (const authorization of ['Bearer', 'Bearer  x', 'Basic YTpi', `Bearer ${'x'.repeat(5000)}`]) {
      loginOf(await notes.login(username, PASSWORD, { headers: { authorization } }));
    }
  });

  test('with 400 when a field is absent or empty', async () => {
    const { username } = await notes.member();
    const incomplete = [
      {},
      { username },
      { password: PASSWORD },
      { username: '', password: PASSWORD },
      { username: ' ', password: PASSWORD },
      { username, password: '' },
      { Username: username, password: PASSWORD },
    ];
    for (const fields of incomplete) says(await notes.post('login', fields as never), no.badRequest);
  });

  // SEC-001, SEC-002, SEC-003
  test('with one text and one cost for the unknown and the wrong', async () => {
    const { username, email } = await notes.member();
    const costOf = async (name: string) => {
      const before = evaluations();
      const answer = await notes.login(name, 'wrong password');
      return [answer, evaluations() - before] as const;
    };
    const [first, cost] = await costOf(username);
    says(first, no.wrong);
    assert.equal(cost, 1);
    const impossible = [
      'two words',
      'x'.repeat(300),
      '@',
      '+',
      'a@b',
      '\u{1F511}',
      '\u202Ealice',
      '(',
      '%00',
    ];
    for (const name of [email, 'nobody', 'nobody@example.com', '+491711111111', ...impossible]) {
      const [answer, sameCost] = await costOf(name);
      assertAlike(first, answer, name);
      assert.equal(sameCost, cost, name);
    }
  });

  test('with the same text for a password that nobody can have', async () => {
    const { username } = await notes.member();
    for (const name of [username, 'nobody']) says(await notes.login(name, 'x'.repeat(1025)), no.wrong);
  });

  test('with 406 before activation, but only after the right password', async () => {
    const { username, email } = await notes.pending();
    for (const name of [username, email]) {
      says(await notes.login(name, 'wrong password'), no.wrong);
      says(await notes.login(name), no.inactive);
    }
  });

  test('with 406 for a suspended account, but only after the right password', async () => {
    const person = await notes.guest();
    const account = await notes.fabric.find(person.email);
    await app.admin.disableAccount({ actor: operator, account });
    says(await notes.current(person.access), no.expired);
    says(await notes.refresh(person.refresh), no.expiredRefresh);
    says(await notes.login(person.username, 'wrong password'), no.wrong);
    says(await notes.login(person.username), no.suspended);
    await app.admin.enableAccount({ actor: operator, account });
    loginOf(await notes.login(person.username));
    says(await notes.current(person.access), no.expired);
  });

  test('as not activated before it is refused as suspended', async () => {
    const { username, email } = await notes.pending();
    await app.admin.disableAccount({ actor: operator, account: await notes.fabric.find(email) });
    says(await notes.login(username), no.inactive);
  });
});

// SEC-008, SEC-010
describe('a lock', () => {
  test('is told as a wrong password, without a word of when it ends, and costs no hash', async () => {
    const { username } = await notes.member();
    const [first, ...others] = await Promise.all(times(5, () => notes.login(username, 'wrong password')));
    assert.ok(first);
    says(first, no.wrong);
    for (const other of others) says(other, no.wrong);
    const before = evaluations();
    assertAlike(await notes.login(username), first);
    assert.equal(evaluations(), before);
    clock.advance(10 * MINUTE);
    loginOf(await notes.login(username));
  });

  test('counts what other doors saw, and is shared with them', async () => {
    const { username, email } = await notes.member();
    for (const _ of times(3, String)) says(await notes.login(username, 'wrong password'), no.wrong);
    for (const _ of times(2, String)) await notes.fabric.logIn(email, 'wrong password');
    says(await notes.login(username), no.wrong);
    assert.equal((await notes.fabric.logIn(email)).status, 429);
  });

  test('takes nothing from whoever is signed in', async () => {
    const person = await notes.guest();
    for (const _ of times(5, String)) await notes.login(person.username, 'wrong password');
    await notes.assertWorks(person);
    assert.equal((await notes.refresh(person.refresh)).status, 200);
  });
});

describe('a server that cannot', () => {
  test('says so with 503, and counts no guess', async (t) => {
    const { AuthError } = await import('../../../src/core/errors.ts');
    const { username } = await notes.member();
    const refuses = (code: 'storage_unavailable' | 'overloaded') =>
      breakDatabase(t, notes.fabric, () => new AuthError(code, { retryAfterMs: 1500 }));
    const saysLater = (answers: readonly WireAnswer[]) => {
      for (const answer of answers) {
        says(answer, no.unavailable);
        assert.equal(answer.headers.get('retry-after'), '2');
      }
      t.mock.restoreAll();
    };
    refuses('storage_unavailable');
    saysLater([
      await notes.login(username),
      await notes.login(username, PASSWORD, { bearer: `a.${'0'.repeat(64)}` }),
      await notes.refresh(`r.${'0'.repeat(64)}`),
      await notes.signup(notes.person()),
      await notes.current(`a.${'0'.repeat(64)}`),
      await notes.verify('x'),
      await notes.openLink('x'),
    ]);
    refuses('overloaded');
    saysLater([await notes.login(username), await notes.signup(notes.person())]);
  });

  test('shows nothing of a bug', async (t) => {
    const { username } = await notes.member();
    breakDatabase(t, notes.fabric, () => new Error('secret internals'));
    says(await notes.login(username, OTHER_PASSWORD), no.broken);
    says(await notes.openLink('x'), no.broken);
  });
});
