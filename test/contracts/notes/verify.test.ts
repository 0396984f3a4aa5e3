import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DAY, loginOf, no, says, shows, start, times } from './driver.ts';

const notes = await start();
const { app, clock } = notes.server;
const RANDOM = 'A'.repeat(43);

describe('the page of an activation link', () => {
  test('shows a button that posts the token, and consumes nothing', async () => {
    const person = await notes.pending();
    for (const _ of times(3, String)) {
      const answer = await notes.openLink(person.token);
      shows(answer, 'Activate your account');
      assert.match(answer.text, /<form method="post" action="\?">/);
      assert.match(answer.text, new RegExp(`<input type="hidden" name="token" value="${person.token}">`));
    }
    const head = await fetch(`${notes.server.url}/verify?token=${person.token}`, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    says(await notes.login(person.username), no.inactive);
    shows(await notes.verify(person.token), 'Verified');
    loginOf(await notes.login(person.username));
  });

  test('says when a token is unknown, spent or over, and shows no button then', async () => {
    const spent = await notes.pending();
    await notes.verify(spent.token);
    const late = await notes.pending();
    for (const [token, title] of [
      [RANDOM, 'Cannot Verify'],
      ['', 'Cannot Verify'],
      ['x'.repeat(5000), 'Cannot Verify'],
      ['\0', 'Cannot Verify'],
      [spent.token, 'Already Verified'],
    ] as const) {
      const answer = await notes.openLink(token);
      shows(answer, title);
      assert.doesNotMatch(answer.text, /<form/);
    }
    shows(await notes.send('/verify'), 'Cannot Verify');
    clock.advance(DAY);
    shows(await notes.openLink(late.token), 'Cannot Verify');
  });

  // SEC-074
  test('runs nothing, loads nothing, tells nobody its address, and fits a phone', async () => {
    const { token } = await notes.pending();
    for (const answer of [
      await notes.openLink(token),
      await notes.openLink(RANDOM),
      await notes.verify(token),
      await notes.verify(token),
      await notes.verify(RANDOM),
    ]) {
      const policy = answer.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.match(policy, /form-action 'self'/);
      assert.doesNotMatch(policy, /unsafe/);
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.match(answer.text, /<meta name="viewport" content="width=device-width/);
      assert.doesNotMatch(answer.text, /<script|src=|http:|https:/);
    }
  });

  test('repeats what is in the address as text only', async () => {
    const answer = await notes.openLink('"><script>alert(1)</script>');
    shows(answer, 'Cannot Verify');
    assert.doesNotMatch(answer.text, /<script/);
  });

  test('answers with and without the trailing slash', async () => {
    const { token } = await notes.pending();
    shows(await notes.send(`/verify/?token=${token}`), 'Activate your account');
    shows(await notes.send(`/verify/?token=${token}`, { method: 'POST' }), 'Verified');
  });
});

describe('posting the token', () => {
  test('verifies once; a second time it says so; anything else cannot be verified', async () => {
    const person = await notes.pending();
    shows(await notes.verify(person.token), 'Verified');
    for (const _ of times(2, String)) shows(await notes.verify(person.token), 'Already Verified');
    for (const token of [
      RANDOM,
      '',
      'x',
      `${person.token}A`,
      person.token.slice(1),
      ` ${person.token}`,
      '\0',
    ]) {
      shows(await notes.verify(token), 'Cannot Verify');
    }
  });

  test('reads the token from multipart and from the query, and the body wins', async () => {
    const [one, two, three] = [await notes.pending(), await notes.pending(), await notes.pending()];
    const post = (token: string, query?: string) => {
      const search = query === undefined ? '' : `?token=${query}`;
      const body = new FormData();
      body.set('token', token);
      return fetch(`${notes.server.url}/verify${search}`, { method: 'POST', body });
    };
    assert.match(await (await post(one.token)).text(), /<h1>Verified</);
    assert.match(await (await post(two.token, RANDOM)).text(), /<h1>Verified</);
    assert.match(await (await post(RANDOM, three.token)).text(), /<h1>Cannot Verify</);
    shows(await notes.send(`/verify?token=${three.token}`, { method: 'POST' }), 'Verified');
  });

  test('too late verifies nothing', async () => {
    const person = await notes.pending();
    clock.advance(DAY);
    shows(await notes.verify(person.token), 'Cannot Verify');
    says(await notes.login(person.username), no.inactive);
  });

  // SEC-019
  test('fifty times at once verifies once', async () => {
    const person = await notes.pending();
    const answers = await Promise.all(times(50, () => notes.verify(person.token)));
    const titles = answers.map(({ text }) => /<h1>(.*)<\/h1>/.exec(text)?.[1]);
    assert.deepEqual(titles.toSorted(), [...times(49, () => 'Already Verified'), 'Verified']);
    const { id } = await notes.fabric.find(person.email);
    const events = await app.storage.audit.list({ accountId: id, limit: 100 });
    assert.equal(events.filter(({ type }) => type === 'account_activated').length, 1);
  });

  // SEC-028
  test('verifies nothing after the mailbox was proved in another way', async () => {
    const person = await notes.pending();
    await notes.fabric.enter(person.email);
    shows(await notes.verify(person.token), 'Cannot Verify');
    says(await notes.login(person.username), no.wrong);
  });

  // SEC-022
  test('with the token of another link verifies nothing and spends nothing', async () => {
    const { email } = await notes.member();
    await notes.fabric.post('password/reset/', { identifier: email, verification_type: 'link' });
    const token = await notes.fabric.linkToken(email);
    shows(await notes.openLink(token), 'Cannot Verify');
    shows(await notes.verify(token), 'Cannot Verify');
    assert.equal((await notes.fabric.resetWith(email, token)).status, 200);
  });

  // SEC-013
  test('verifies after any number of wrong codes for its address through another contract', async () => {
    const person = await notes.pending();
    for (const code of ['000000', '123456', 'x', '000000', '123456', 'x']) {
      await notes.fabric.post('signup/confirm/', { identifier: person.email, code });
    }
    shows(await notes.openLink(person.token), 'Activate your account');
    shows(await notes.verify(person.token), 'Verified');
  });
});

test('a page with nothing left to do leads to the application, where the operator has named one', async () => {
  const forApp = await start({
    env: { LATCHKEY_APP_URL: 'https://app.example.com/notes', LATCHKEY_PRODUCT_NAME: 'Acme' },
  });
  for (const [server, way] of [
    [forApp, /<a class="button" href="https:\/\/app\.example\.com\/notes">Go to Acme<\/a>/],
    [notes, /You can close this page\./],
  ] as const) {
    const person = await server.pending();
    for (const answer of [
      await server.openLink(RANDOM),
      await server.verify(person.token),
      await server.openLink(person.token),
    ]) {
      assert.match(answer.text, way);
    }
  }
});
