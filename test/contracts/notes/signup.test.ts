import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freePort } from '../../cli/support.ts';
import {
  DAY,
  loginOf,
  no,
  OTHER_PASSWORD,
  PASSWORD,
  PUBLIC_URL,
  says,
  shows,
  start,
  times,
} from './driver.ts';

const notes = await start({ env: { LATCHKEY_APP_URL: 'https://app.example' } });
const { app, clock } = notes.server;

describe('a sign-up', () => {
  test('answers the number of the account as an integer, and mails the link of the public URL', async () => {
    const person = notes.person();
    const answer = await notes.signup(person);
    const account = await notes.fabric.find(person.email);
    assert.ok(Number.isInteger(account.number));
    says(answer, [200, { message: 'Signup success', userid: account.number }]);
    const messages = await notes.server.messages(person.email);
    assert.equal(messages.length, 1);
    const link = await notes.link(person.email);
    assert.match(link, /^http:\/\/127\.0\.0\.1:8000\/verify\?token=[A-Za-z0-9_-]{43}$/);
    assert.ok(link.startsWith(`${PUBLIC_URL}/verify?token=`));
  });

  // SEC-073
  test('mails the same link whatever a request says of its host', async () => {
    const person = notes.person();
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      referer: 'https://evil.example/',
    };
    assert.equal((await notes.signup(person, PASSWORD, { headers })).status, 200);
    assert.ok((await notes.link(person.email)).startsWith(`${PUBLIC_URL}/verify?token=`));
  });

  test('leads to a login once it is activated', async () => {
    const person = await notes.pending();
    says(await notes.login(person.username), no.inactive);
    shows(await notes.verify(person.token), 'Verified');
    const tokens = loginOf(await notes.login(person.username));
    await notes.assertWorks({ ...person, ...tokens });
    loginOf(await notes.login(person.email));
  });

  test('trims username and e-mail, and not the password', async () => {
    const { username, email } = notes.person();
    const password = '  a padded passphrase ';
    const answer = await notes.signup({ username: ` ${username} `, email: `\t${email} ` }, password);
    assert.equal(answer.status, 200);
    shows(await notes.verify(await notes.linkToken(email)), 'Verified');
    says(await notes.login(username, password.trim()), no.wrong);
    const { access } = loginOf(await notes.login(username, password));
    await notes.assertWorks({ access, username });
  });

  test('takes a username of 1 to 45 letters, digits, dots, underscores and hyphens', async () => {
    for (const username of ['q', 'Zz09._-', '-', '.hidden', '0', 'x'.repeat(45)]) {
      assert.equal((await notes.signup({ ...notes.person(), username })).status, 200, username);
    }
  });

  test('takes a password of nine characters', async () => {
    assert.equal((await notes.signup(notes.person(), 'zQ7-vX!kp')).status, 200);
    assert.equal(
      (await notes.signup(notes.person(), '\u{1F511}\u{1F40E}\u{1F50B}\u{1F4CE}'.repeat(3))).status,
      200,
    );
  });

  test('is not disturbed by a token, whether it works or not', async () => {
    const { access } = await notes.guest();
    for (const bearer of [access, 'rubbish', `a.${'0'.repeat(64)}`]) {
      assert.equal((await notes.signup(notes.person(), PASSWORD, { bearer })).status, 200);
    }
  });
});

describe('a sign-up is refused', () => {
  test('with 400 when a field is absent or empty', async () => {
    const { username, email } = notes.person();
    const all = { username, email, password: PASSWORD };
    for (const name of Object.keys(all)) {
      const { [name as keyof typeof all]: _, ...others } = all;
      for (const fields of [others, { ...others, [name]: '' }]) {
        says(await notes.post('signup', fields as never), no.badRequest);
      }
    }
    for (const name of ['username', 'email']) {
      says(await notes.post('signup', { ...all, [name]: '  ' }), no.badRequest);
    }
    says(await notes.post('signup'), no.badRequest);
  });

  test('with 400 for any other username', async () => {
    const bad = [
      'x'.repeat(46),
      'two words',
      'a@b',
      'a+b',
      'é',
      'ａｂｃ',
      'a/b',
      'a\nb',
      'a\0b',
      '+4917112345678',
      '<b>',
    ];
    for (const username of bad) {
      says(await notes.signup({ ...notes.person(), username }), no.badRequest);
    }
  });

  test('with 400 for a bad e-mail', async () => {
    const bad = [
      'nobody',
      '@example.com',
      'a@b',
      'a b@example.com',
      'a@example.com\r\nBcc: x@example.com',
      '+4917112345678',
    ];
    for (const email of bad) says(await notes.signup({ ...notes.person(), email }), no.badRequest);
  });

  test('with 400 for a password that is short, common, too long, or like a name', async () => {
    const person = { username: 'winterbourne', email: 'claverhouse@notes.example' };
    for (const password of [
      'zQ7-vX!k',
      'password123',
      '1234567890',
      'x'.repeat(1025),
      'winterbourne',
      'Winterbourne1',
      'claverhouse@notes.example',
      `nul ${'\0'} in the middle`,
    ]) {
      says(await notes.signup(person, password), no.badRequest);
    }
    assert.deepEqual(await notes.server.messages(person.email), []);
  });

  test('with 409 for a username or e-mail that is taken, in any case, and nothing is mailed or changed', async () => {
    const owner = await notes.member();
    const free = notes.person();
    for (const taken of [
      owner,
      { username: owner.username.toUpperCase(), email: free.email },
      { username: free.username, email: owner.email.toUpperCase() },
    ]) {
      says(await notes.signup(taken, OTHER_PASSWORD), no.taken);
    }
    assert.deepEqual(await notes.server.messages(free.email), []);
    assert.deepEqual(await notes.server.messages(owner.email), []);
    loginOf(await notes.login(owner.username));
  });

  test('with 503 when no mail can be sent: nobody could activate the account', async () => {
    const production = await start({
      env: {
        LATCHKEY_ENVIRONMENT: 'production',
        LATCHKEY_PORT: await freePort(),
        LATCHKEY_RATE_LIMITS: 'on',
        LATCHKEY_PUBLIC_URL: 'https://auth.example',
        LATCHKEY_SECRET: 'fD4k-9sLq-0zXw-3bVn-7mJh-2pTc-5rYg-8uEi',
      },
    });
    const person = production.person();
    says(await production.signup(person), no.unavailable);
    assert.equal(await production.server.app.storage.accounts.count(), 0);
  });
});

describe('a sign-up that nobody activated', () => {
  test('is replaced by one with the same username and e-mail: its password and link are dead', async () => {
    const first = await notes.pending();
    const second = await notes.signup(first, OTHER_PASSWORD);
    assert.equal(second.status, 200);
    assert.ok((second.body as { userid: number }).userid > first.userid, 'a number is never used twice');
    shows(await notes.verify(first.token), 'Cannot Verify');
    shows(await notes.verify(await notes.linkToken(first.email)), 'Verified');
    says(await notes.login(first.username, PASSWORD), no.wrong);
    loginOf(await notes.login(first.username, OTHER_PASSWORD));
  });

  test('keeps its username from a sign-up with another address, and stays what it is', async () => {
    const pending = await notes.pending();
    says(await notes.signup({ ...notes.person(), username: pending.username }), no.taken);
    const active = await notes.member();
    says(await notes.signup({ username: active.username, email: pending.email }), no.taken);
    shows(await notes.verify(pending.token), 'Verified');
  });

  test('starts over with another username, and frees the one it had', async () => {
    const first = await notes.pending();
    const { username } = notes.person();
    assert.equal((await notes.signup({ username, email: first.email }, OTHER_PASSWORD)).status, 200);
    shows(await notes.verify(first.token), 'Cannot Verify');
    assert.equal((await notes.signup({ ...notes.person(), username: first.username })).status, 200);
    shows(await notes.verify(await notes.linkToken(first.email)), 'Verified');
    loginOf(await notes.login(username, OTHER_PASSWORD));
  });

  test('is gone after a day', async () => {
    const pending = await notes.pending();
    clock.advance(DAY + 1);
    await app.maintenance.purge();
    assert.equal((await notes.signup({ ...notes.person(), username: pending.username })).status, 200);
    shows(await notes.verify(pending.token), 'Cannot Verify');
  });
});

describe('parallel sign-ups', () => {
  test('of one username with different addresses: one has it', async () => {
    const { username } = notes.person();
    const people = times(20, () => ({ ...notes.person(), username }));
    const answers = await Promise.all(people.map((person) => notes.signup(person)));
    const taken = answers.filter(({ status }) => status === 409);
    assert.equal(taken.length, 19);
    for (const answer of taken) says(answer, no.taken);
    const winner = people[answers.findIndex(({ status }) => status === 200)];
    assert.ok(winner);
    shows(await notes.verify(await notes.linkToken(winner.email)), 'Verified');
    loginOf(await notes.login(username));
  });

  test('of one pair: one account is left, with one link that works', async () => {
    const person = notes.person();
    const answers = await Promise.all(
      times(10, (index) => notes.signup(person, `${OTHER_PASSWORD} ${index}`)),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    const links = (await notes.server.messages(person.email)).map(({ link = '' }) => link);
    // The mail of a sign-up that was replaced before it was delivered is dropped.
    assert.ok(links.length > 0 && new Set(links).size === links.length);
    const pages = [];
    for (const link of links) {
      const { text } = await notes.verify(new URL(link).searchParams.get('token') ?? '');
      pages.push(/<h1>(.*)<\/h1>/.exec(text)?.[1]);
    }
    assert.deepEqual(pages.toSorted(), [...times(links.length - 1, () => 'Cannot Verify'), 'Verified']);
  });
});
