import { test } from 'node:test';
import { no, refreshOf, says, start } from './driver.ts';

const notes = await start();

test('current says who a token speaks for, by the username as it was chosen', async () => {
  const person = await notes.guest({ username: 'Mixed.Case_1', email: 'mixed@example.com' });
  says(await notes.current(person.access), [200, { username: 'Mixed.Case_1' }]);
});

test('current shows the address of an account that has no username', async () => {
  const email = 'nameless@example.com';
  await notes.fabric.account({ email, password: 'MySecretPassword123' });
  const { body } = await notes.login(email);
  says(await notes.current(body.tokens.access_token), [200, { username: email }]);
});

test('current without a token, or with one that is no `a.`, is 400', async () => {
  const { access, refresh } = await notes.guest();
  const dead = refreshOf(await notes.refresh(refresh), refresh).refresh;
  const { access: jwt } = await notes.fabric.guest();
  says(await notes.current(), no.badRequest);
  for (const bearer of [
    refresh,
    dead,
    jwt,
    'x',
    'a.',
    access.toUpperCase(),
    `${access}0`,
    access.slice(0, -1),
  ]) {
    says(await notes.current(bearer), no.badRequest);
  }
  for (const authorization of ['', 'Bearer', `Basic ${access}`, access, `Bearer ${access} x`]) {
    says(await notes.post('current', {}, { headers: { authorization } }), no.badRequest);
  }
  // The ancestor took a bearer that is no token for a username.
  const { username } = await notes.member();
  says(await notes.current(username), no.badRequest);
});

test('current takes the token from the header and from nowhere else', async () => {
  const { access } = await notes.guest();
  for (const name of ['access_token', 'token', 'authorization']) {
    says(await notes.post('current', { [name]: access }, { query: { [name]: access } }), no.badRequest);
  }
});

test('current with an `a.` that nobody got is 403', async () => {
  says(await notes.current(`a.${'0'.repeat(64)}`), no.expired);
});
