import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WireAnswer } from '../../support/wire.ts';
import { assertAlike, no, PASSWORD, refreshOf, says, shows, start, times } from './driver.ts';

/** A server of its own for each test: limits count in memory. */
const startLimited = () =>
  start({
    env: {
      LATCHKEY_RATE_LIMITS: 'on',
      LATCHKEY_SIGN_IN_LIMIT: '3/1m',
      LATCHKEY_MESSAGE_LIMIT: '3/30s',
      LATCHKEY_REFRESH_ADDRESS_LIMIT: '4/5m',
      LATCHKEY_CONFIRM_ADDRESS_LIMIT: '3/1m',
    },
  });

const limited = (answer: WireAnswer) => says(answer, no.limited);

describe('429 comes before everything else:', () => {
  test('at the login, by who is typed, whoever that is, and counted together with other doors', async () => {
    const notes = await startLimited();
    const { username, email } = await notes.member();
    for (const name of [username, 'nobody']) {
      for (const _ of times(3, String)) says(await notes.post('login', { username: name }), no.badRequest);
      limited(await notes.login(name));
      limited(await notes.post('login', { username: name }));
      limited(await notes.login(name.toUpperCase(), PASSWORD, { base: '/api/auth' }));
    }
    for (const _ of times(3, String)) await notes.fabric.logIn(email, 'wrong password');
    limited(await notes.login(email));
    // What a limit names is what is read: the body, not a query beside it.
    limited(await notes.login(username, PASSWORD, { query: { username: 'somebody else' } }));
  });

  test('at the login, also before a token is looked at', async () => {
    const notes = await startLimited();
    const { username, access } = await notes.guest();
    for (const _ of times(2, String)) {
      says(await notes.login(username, PASSWORD, { bearer: access }), no.loggedIn);
    }
    limited(await notes.login(username, PASSWORD, { bearer: access }));
  });

  test('at the sign-up, by address, whether it is taken or not', async () => {
    const notes = await startLimited();
    const owner = await notes.member();
    for (const email of [owner.email, 'free@notes.example']) {
      for (const _ of times(3, String)) await notes.post('signup', { email });
      limited(await notes.signup({ username: 'free', email }));
    }
    assertAlike(
      await notes.post('signup', { email: owner.email }),
      await notes.post('signup', { email: 'free@notes.example' }),
    );
  });

  test('at the refresh and at the page, by where it comes from', async () => {
    const notes = await startLimited();
    const { refresh } = await notes.guest();
    for (const _ of times(4, String)) refreshOf(await notes.refresh(refresh), refresh);
    limited(await notes.refresh(refresh));
    limited(await notes.post('refresh'));
    for (const _ of times(3, String)) shows(await notes.verify('x'), 'Cannot Verify');
    limited(await notes.verify('x'));
  });

  test('ten mails an hour to one address, whatever is sent to it, and three from one network', async () => {
    const notes = await start({
      env: {
        LATCHKEY_RATE_LIMITS: 'on',
        LATCHKEY_MESSAGE_LIMIT: '100/1s',
        LATCHKEY_TRUST_PROXY: '127.0.0.1/32',
      },
    });
    const { username, email } = notes.person();
    const signUpFrom = (address: string) =>
      notes.post(
        'signup',
        { username, email, password: PASSWORD },
        { headers: { 'x-forwarded-for': address } },
      );
    for (const network of [1, 2, 3]) {
      for (const host of [1, 2, 3]) {
        assert.equal((await signUpFrom(`198.51.${network}.${host}`)).status, 200);
      }
      limited(await signUpFrom(`198.51.${network}.4`));
    }
    assert.equal((await signUpFrom('198.51.4.1')).status, 200);
    const answer = await signUpFrom('198.51.4.2');
    limited(answer);
    assert.equal(answer.headers.get('retry-after'), '3600');
  });
});

test('lifetimes are settings, and `valid_for` follows', async () => {
  const notes = await start({
    env: {
      LATCHKEY_NOTES_ACCESS_LIFETIME: '90s',
      LATCHKEY_NOTES_REFRESH_LIFETIME: '1h',
      LATCHKEY_NOTES_LINK_LIFETIME: '5m',
    },
  });
  const { clock } = notes.server;
  const person = await notes.pending();
  clock.advance(300_000);
  shows(await notes.openLink(person.token), 'Cannot Verify');
  const { username } = await notes.member();
  const { body } = await notes.login(username);
  assert.equal(body.tokens.valid_for, 90);
  clock.advance(90_000);
  says(await notes.current(body.tokens.access_token), no.expired);
  assert.equal((await notes.refresh(body.tokens.refresh_token)).status, 200);
  clock.advance(3_510_000);
  says(await notes.refresh(body.tokens.refresh_token), no.expiredRefresh);
});
