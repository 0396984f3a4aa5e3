import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fabricSays, no, OTHER_PASSWORD, PASSWORD, said, says, start, tally, times, user } from './driver.ts';

const vibemobi = await start();
const { fabric, server } = vibemobi;
const signUp = (json: object) => vibemobi.post('/users/signup', json);

/** Signs up, and answers who that is. */
async function made(json: { email: string; username?: string; full_name?: string | null }): Promise<string> {
  const answer = await signUp({ password: PASSWORD, ...json });
  const { id } = answer.body;
  says(answer, [200, user({ ...json, id })]);
  return id;
}

describe('signing up', () => {
  test('answers the user, who may sign in at once, by e-mail and by username', async () => {
    const email = vibemobi.email('Ada.Lovelace');
    const id = await made({ email, username: 'Ada.L', full_name: 'Ada Lovelace' });
    for (const name of [email, 'ada.l']) {
      const bearer = await vibemobi.session(name);
      says(await vibemobi.get('/users/me', bearer), [
        200,
        user({ email, id, username: 'Ada.L', full_name: 'Ada Lovelace' }),
      ]);
    }
  });

  test('needs no name: the e-mail is shown for the username', async () => {
    await made({ email: vibemobi.email() });
    await made({ email: vibemobi.email(), full_name: null });
  });

  test('sends no mail', async () => {
    const email = vibemobi.email();
    await made({ email });
    assert.deepEqual(await server.messages(email), []);
  });

  test('proves no address: Fabric signs the user in after a recovery, which does', async () => {
    const email = vibemobi.email();
    const id = await made({ email });
    assert.equal((await vibemobi.stored(id)).emailVerifiedAt, null);
    says(await fabric.logIn(email), fabricSays.unverified);
    says(await vibemobi.reset(await vibemobi.recoveryToken(email)), said.passwordUpdated);
    await fabric.session(email, OTHER_PASSWORD);
  });

  // SEC-028
  test('loses its password when the owner of the mailbox enters through Fabric', async () => {
    const email = vibemobi.email();
    await made({ email });
    const bearer = await vibemobi.session(email);
    await fabric.enter(email);
    says(await vibemobi.logIn(email), no.incorrect);
    says(await vibemobi.get('/users/me', bearer), no.badCredentials);
  });

  test('takes the place of a sign-up at Fabric that nobody confirmed; its code dies', async () => {
    const { email, code } = await fabric.pending();
    const id = await made({ email });
    assert.equal((await fabric.find(email)).id, id);
    const { status } = await fabric.post('signup/confirm/', { identifier: email, code });
    assert.notEqual(status, 200);
    assert.equal((await vibemobi.stored(id)).emailVerifiedAt, null);
    await vibemobi.session(email);
    says(await fabric.signUp(email), fabricSays.taken);
  });
});

describe('a sign-up is refused', () => {
  test('when the e-mail is taken, in any spelling, by a user of any contract', async () => {
    const here = vibemobi.email();
    await made({ email: here });
    const { email: there } = await fabric.verified();
    for (const email of [here, here.toUpperCase(), ` ${here}`, there]) {
      says(await signUp({ email, password: OTHER_PASSWORD }), no.signUpEmailTaken);
    }
    await vibemobi.session(here);
  });

  test('when the username is taken, in any case, after the e-mail', async () => {
    const email = vibemobi.email();
    await made({ email, username: 'Hedy.L' });
    for (const username of ['Hedy.L', 'hedy.l', 'HEDY.L']) {
      const json = { password: PASSWORD, username };
      says(await signUp({ ...json, email: vibemobi.email() }), no.signUpUsernameTaken);
      says(await signUp({ ...json, email }), no.signUpEmailTaken);
    }
  });

  // SEC-089
  test('to all but one of a dozen at once', async () => {
    const email = vibemobi.email('race');
    const spellings = [email, email.toUpperCase()];
    const byEmail = await Promise.all(
      times(12, (index) => signUp({ email: spellings[index % 2], password: `${PASSWORD} ${index}` })),
    );
    assert.deepEqual(tally(byEmail), { 200: 1, 400: 11 });
    for (const answer of byEmail) if (answer.status === 400) says(answer, no.signUpEmailTaken);
    await vibemobi.session(email, `${PASSWORD} ${byEmail.findIndex(({ status }) => status === 200)}`);

    const byUsername = await Promise.all(
      times(12, () => signUp({ email: vibemobi.email(), password: PASSWORD, username: 'race.name' })),
    );
    assert.deepEqual(tally(byUsername), { 200: 1, 400: 11 });
    for (const answer of byUsername) if (answer.status === 400) says(answer, no.signUpUsernameTaken);
  });
});
