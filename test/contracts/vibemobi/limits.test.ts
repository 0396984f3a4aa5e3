import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WireAnswer } from '../../support/wire.ts';
import { missing, no, OTHER_PASSWORD, PASSWORD, said, says, start, times } from './driver.ts';

/** Believes its neighbour, so that each test can be a client of its own. */
const vibemobi = await start({
  env: { LATCHKEY_RATE_LIMITS: 'on', LATCHKEY_TRUST_PROXY: '127.0.0.1/32' },
});

let clients = 0;

/** The headers of a client in a network (/24) that nothing came from yet. */
function newClient(): Record<string, string> {
  clients += 1;
  return { 'x-forwarded-for': `100.${clients >> 8}.${clients & 255}.1` };
}

/** Refused by time, and told how long to wait. */
function saysLimited(answer: WireAnswer, longest: number): void {
  says(answer, no.limited);
  const seconds = Number(answer.headers.get('retry-after'));
  assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= longest, `${seconds}`);
}

describe('signing in', () => {
  test('is tried ten times a minute for one identifier from one address; what is no form is not counted', async () => {
    const [here, elsewhere] = [newClient(), newClient()];
    const username = vibemobi.email();
    const tryIn = (headers: Record<string, string>, more = {}) =>
      vibemobi.form({ username, password: 'wrong', ...more }, headers);
    for (const _ of times(5, String)) says(await vibemobi.form({ username }, here), missing('password'));
    for (const _ of times(10, String)) says(await tryIn(here), no.incorrect);
    saysLimited(await tryIn(here), 60);
    saysLimited(await tryIn(here, { username: username.toUpperCase() }), 60);
    // The form comes before the limit.
    says(await vibemobi.form({ username }, here), missing('password'));
    says(await tryIn(here, { username: vibemobi.email() }), no.incorrect);
    says(await tryIn(elsewhere), no.incorrect);
  });

  test('is tried sixty times a minute from one address', async () => {
    const here = newClient();
    for (const _ of times(60, String)) {
      assert.equal((await vibemobi.form({ username: vibemobi.email(), password: 'x' }, here)).status, 400);
    }
    saysLimited(await vibemobi.form({ username: vibemobi.email(), password: 'x' }, here), 60);
  });
});

describe('a recovery link', () => {
  const ask = (email: string, headers: Record<string, string>) =>
    vibemobi.post(`/password-recovery/${email}`, undefined, { headers });

  test('is sent three times in 30 seconds, known address or not', async () => {
    const { email: known } = await vibemobi.fabric.member();
    for (const email of [known, vibemobi.email(), 'nothing']) {
      const [here, elsewhere] = [newClient(), newClient()];
      for (const _ of times(3, String)) says(await ask(email, here), said.recoverySent);
      saysLimited(await ask(email, here), 30);
      says(await ask(vibemobi.email(), here), said.recoverySent);
      says(await ask(email, elsewhere), said.recoverySent);
    }
  });

  // SEC-090
  test('goes to one mailbox ten times an hour, whoever asks; an unknown address tells nothing else', async () => {
    const { email } = await vibemobi.fabric.member();
    for (const address of [email, vibemobi.email()]) {
      for (const _ of times(10, String)) says(await ask(address, newClient()), said.recoverySent);
      saysLimited(await ask(address, newClient()), 3_600);
    }
    assert.equal((await vibemobi.server.messages(email)).length, 10);
  });
});

test('guesses at a recovery token are limited from one address', async () => {
  const headers = newClient();
  const json = { token: 'x', new_password: OTHER_PASSWORD };
  for (const _ of times(60, String)) {
    says(await vibemobi.post('/reset-password/', json, { headers }), no.invalidToken);
  }
  saysLimited(await vibemobi.post('/reset-password/', json, { headers }), 60);
  says(await vibemobi.post('/reset-password/', json, { headers: newClient() }), no.invalidToken);
});

test('a stolen token guesses at the password ten times a minute at most', async () => {
  const { email, bearer } = await vibemobi.member();
  const json = { current_password: 'wrong', new_password: OTHER_PASSWORD };
  const guess = () => vibemobi.patch('/users/me/password', json, bearer);
  for (const _ of times(10, String)) says(await guess(), no.incorrectPassword);
  saysLimited(await guess(), 60);
  assert.ok(email);
});

test('the limits are what the operator says', async () => {
  const own = await start({
    env: { LATCHKEY_RATE_LIMITS: 'on', LATCHKEY_SIGN_IN_LIMIT: '2/1m', LATCHKEY_MESSAGE_LIMIT: '1/1h' },
  });
  const email = own.email();
  for (const _ of times(2, String)) says(await own.logIn(email, PASSWORD), no.incorrect);
  saysLimited(await own.logIn(email), 60);
  says(await own.recover(email), said.recoverySent);
  saysLimited(await own.recover(email), 3_600);
});
