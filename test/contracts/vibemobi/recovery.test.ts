import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  assertAlike,
  fabricSays,
  HOUR,
  NOBODY,
  no,
  OTHER_PASSWORD,
  PASSWORD,
  said,
  says,
  start,
  tally,
  times,
  user,
} from './driver.ts';

const APP_URL = 'https://app.example.com/account';
const vibemobi = await start();
const forApp = await start({ env: { LATCHKEY_APP_URL: APP_URL } });
const { fabric, server } = vibemobi;
const updated = said.passwordUpdated;

describe('asking for a recovery link', () => {
  // SEC-001
  test('answers the same for a known address, an unknown one, a pending one and none at all', async () => {
    const { email } = await fabric.member();
    const known = await vibemobi.recover(email);
    says(known, said.recoverySent);
    const { email: pending } = await fabric.pending();
    const off = await vibemobi.member();
    await vibemobi.disable(off.id);
    for (const other of [
      vibemobi.email(),
      pending,
      off.email,
      'no address',
      '%',
      "' OR 1=1--",
      'x'.repeat(300),
    ]) {
      assertAlike(await vibemobi.recover(other), known, other);
    }
  });

  test('sends one mail to the stored address, however the address is typed, and none to anybody else', async () => {
    const { email } = await fabric.member();
    for (const [index, typed] of [email, email.toUpperCase(), ` ${email}`].entries()) {
      says(await vibemobi.recover(typed), said.recoverySent);
      assert.equal((await server.messages(email)).length, index + 1);
    }
    assert.deepEqual(await server.messages(email.toUpperCase()), []);
    const unknown = vibemobi.email();
    await vibemobi.recover(unknown);
    await vibemobi.recover(`${email},${unknown}`);
    await vibemobi.recover(`${email}\r\nBcc: ${unknown}`);
    assert.deepEqual(await server.messages(unknown), []);
    assert.equal((await server.messages(email)).length, 3);
  });

  test('takes an address with every character that a path must encode', async () => {
    for (const email of ["a+b&c=d%'e@example.com", 'o/o?o#1@example.com', 'm\u00fcller@example.com']) {
      await fabric.account({ email });
      assert.notEqual(await vibemobi.recoveryToken(email), '');
    }
  });

  test('changes nothing by itself', async () => {
    const { email, bearer, id } = await vibemobi.member();
    await vibemobi.recoveryToken(email);
    says(await vibemobi.get('/users/me', bearer), [200, user({ email, id })]);
    await vibemobi.session(email);
  });
});

test('a reset that is the first proof of the address ends sessions as a reset', async () => {
  const { email, id } = await vibemobi.member({ isVerified: false });
  says(await vibemobi.reset(await vibemobi.recoveryToken(email)), updated);
  const [session] = await server.app.storage.sessions.list(id);
  assert.equal(session?.endReason, 'password_reset');
});

describe('the recovery mail', () => {
  for (const [where, client, base] of [
    ['our own page', vibemobi, 'http://127.0.0.1:8000'],
    ['the app of the operator', forApp, APP_URL],
  ] as const) {
    test(`has a link to ${where}, first in the HTML part, in double quotes and with a literal =`, async () => {
      const { email } = await client.fabric.member();
      says(await client.recover(email), said.recoverySent);
      const { html, text, link = '' } = await client.fabric.message(email);
      const expected = new RegExp(`^${base.replaceAll('.', '\\.')}/reset-password\\?token=[\\w-]+$`);
      assert.match(link, expected);
      // As a script reads it that was written for the original.
      const [, token = ''] = /<a[^>]*?\shref="[^"]*reset-password\?token=([^"]+)"/.exec(html) ?? [];
      const [, first = ''] = /href\s*=\s*"([^"]*)"/i.exec(html) ?? [];
      assert.equal(first, link, 'the first link of all');
      assert.equal(link, `${base}/reset-password?token=${token}`);
      assert.ok(text.includes(link));
      says(await client.reset(token), updated);
    });
  }

  test('names no host that the request made up', async () => {
    const { email } = await fabric.member();
    const headers = ['Host: evil.example', 'X-Forwarded-Host: evil.example', 'Connection: close'].join(
      '\r\n',
    );
    const answer = await fabric.raw(
      `POST /v1/password-recovery/${email} HTTP/1.1\r\n${headers}\r\nContent-Length: 0\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 200 /);
    const { html, text } = await fabric.message(email);
    assert.doesNotMatch(html + text, /evil/);
  });
});

describe('our own page', () => {
  const form = (fields: Record<string, string>) =>
    fabric.send('/reset-password', {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });

  // SEC-023
  test('consumes nothing when it is looked at, and sets the password when its button is pressed', async () => {
    const { email } = await fabric.member();
    const token = await vibemobi.recoveryToken(email);
    for (const slash of ['', '/', '']) {
      const page = await fabric.send(`/reset-password${slash}?token=${token}`);
      assert.equal(page.status, 200);
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    }
    const password = { new_password: OTHER_PASSWORD, confirm_password: OTHER_PASSWORD };
    assert.equal((await form({ token, ...password, confirm_password: 'x' })).status, 400);
    assert.equal((await form({ token, ...password })).status, 200);
    await vibemobi.session(email, OTHER_PASSWORD);
    says(await vibemobi.reset(token), no.invalidToken);
  });

  const titleOf = ({ text }: { text: string }) => /<h1>(.*)<\/h1>/.exec(text)?.[1];

  test('of a link that is dead says so before anything is typed', async () => {
    const { email } = await vibemobi.member();
    const replaced = await vibemobi.recoveryToken(email);
    const token = await vibemobi.recoveryToken(email);
    const look = (of: string) => fabric.send(`/reset-password?token=${of}`);
    for (const dead of ['', 'x', replaced]) {
      const page = await look(dead);
      assert.deepEqual([page.status, titleOf(page)], [400, 'This link does not work'], dead);
      assert.doesNotMatch(page.text, /<form/);
    }
    const open = await look(token);
    assert.ok(open.text.indexOf('At least 8 characters') < open.text.indexOf('type="password"'));
    vibemobi.server.clock.advance(HOUR);
    assert.equal((await look(token)).status, 400);
  });

  test('of a link that was used says what it has done, and how to go on', async () => {
    const { email } = await vibemobi.member();
    const token = await vibemobi.recoveryToken(email);
    const fields = { token, new_password: OTHER_PASSWORD, confirm_password: OTHER_PASSWORD };
    assert.equal((await form(fields)).status, 200);
    for (const page of [await fabric.send(`/reset-password?token=${token}`), await form(fields)]) {
      assert.deepEqual([page.status, titleOf(page)], [200, 'Password changed']);
      assert.match(page.text, /Go back and sign in with it/);
      assert.doesNotMatch(page.text, /<form/);
    }
  });

  test('is not there where the operator has an app', async () => {
    assert.equal((await forApp.fabric.send('/reset-password?token=x')).status, 404);
  });
});

describe('a reset', () => {
  test('sets the password and ends every session, of Fabric too, at the next request', async () => {
    const { email, bearer } = await vibemobi.member();
    const another = await vibemobi.session(email);
    const atFabric = await fabric.enter(email);
    says(await vibemobi.reset(await vibemobi.recoveryToken(email)), updated);
    for (const token of [bearer, another]) says(await vibemobi.get('/users/me', token), no.badCredentials);
    says(await fabric.me(atFabric.access), fabricSays.badToken);
    says(await fabric.refresh(atFabric.refresh), fabricSays.refreshOver);
    says(await vibemobi.logIn(email), no.incorrect);
    await vibemobi.session(email, OTHER_PASSWORD);
    await fabric.session(email, OTHER_PASSWORD);
  });

  test('gives a password to an account that had none, and proves its address', async () => {
    const email = vibemobi.email();
    const { id } = await fabric.account({ email, isVerified: false });
    says(await vibemobi.reset(await vibemobi.recoveryToken(email)), updated);
    await fabric.session(email, OTHER_PASSWORD);
    assert.notEqual((await vibemobi.stored(id)).emailVerifiedAt, null);
  });

  test('is refused with any token that is none, and these never kill the right one', async () => {
    const { email } = await fabric.member();
    const token = await vibemobi.recoveryToken(email);
    const swapped = token.at(-5) === 'A' ? 'B' : 'A';
    for (const wrong of [
      '',
      'x',
      email,
      NOBODY,
      `${token}x`,
      `x${token}`,
      ` ${token}`,
      token.slice(0, -1),
      token.slice(32),
      token.toUpperCase(),
      `${token.slice(0, 32)}${'A'.repeat(43)}`,
      `${'0'.repeat(32)}${token.slice(32)}`,
      ...times(12, (index) => `${token.slice(0, -5 - index)}${swapped}${token.slice(-4 - index)}`),
    ].filter((text) => text !== token)) {
      says(await vibemobi.reset(wrong), no.invalidToken);
    }
    says(await vibemobi.reset(token), updated);
  });

  // SEC-019
  test('works once, even when fifty use the token at once', async () => {
    const { email, id } = await vibemobi.member();
    const token = await vibemobi.recoveryToken(email);
    const answers = await Promise.all(
      times(50, (index) => vibemobi.reset(token, `${OTHER_PASSWORD} ${index}`)),
    );
    assert.deepEqual(tally(answers), { 200: 1, 400: 49 });
    for (const answer of answers) says(answer, answer.status === 200 ? updated : no.invalidToken);
    const won = answers.findIndex(({ status }) => status === 200);
    await vibemobi.session(email, `${OTHER_PASSWORD} ${won}`);
    const events = (await vibemobi.audit(id)).filter(({ type }) => type === 'password_reset');
    assert.equal(events.length, 1);
    says(await vibemobi.reset(token), no.invalidToken);
  });

  test('is possible for one hour, or for as long as the operator says', async () => {
    const { email } = await fabric.member();
    const first = await vibemobi.recoveryToken(email);
    server.clock.advance(HOUR - 1);
    says(await vibemobi.reset(first), updated);
    const second = await vibemobi.recoveryToken(email);
    server.clock.advance(HOUR);
    says(await vibemobi.reset(second), no.invalidToken);

    const brief = await start({ env: { LATCHKEY_VIBEMOBI_RECOVERY_LIFETIME: '5m' } });
    const other = await brief.fabric.member();
    const token = await brief.recoveryToken(other.email);
    brief.server.clock.advance(HOUR / 12);
    says(await brief.reset(token), no.invalidToken);
  });

  const deaths: Record<string, (person: { email: string; id: string; bearer: string }) => Promise<unknown>> =
    {
      'a newer link': ({ email }) => vibemobi.recover(email),
      'a change of the password': ({ bearer }) =>
        vibemobi.patch(
          '/users/me/password',
          { current_password: PASSWORD, new_password: `${OTHER_PASSWORD} 2` },
          bearer,
        ),
      'a change of the password at Fabric': async ({ email }) =>
        fabric.changePassword((await fabric.enter(email)).access, PASSWORD, `${OTHER_PASSWORD} 2`),
      'a reset by another way': async ({ email }) => {
        await fabric.post('password/reset/', { identifier: email });
        await fabric.resetWith(email, await fabric.code(email), `${OTHER_PASSWORD} 2`);
      },
      'a change of the e-mail': ({ bearer }) =>
        vibemobi.patch('/users/me', { email: vibemobi.email() }, bearer),
      'a change of the e-mail by a superuser': async ({ id }) =>
        vibemobi.patch(`/users/${id}`, { email: vibemobi.email() }, (await vibemobi.superuser()).bearer),
      'a password from a superuser': async ({ id }) =>
        vibemobi.patch(`/users/${id}`, { password: PASSWORD }, (await vibemobi.superuser()).bearer),
      'the deletion of the account': async ({ id }) =>
        vibemobi.delete(`/users/${id}`, (await vibemobi.superuser()).bearer),
    };
  for (const [name, happen] of Object.entries(deaths)) {
    test(`is impossible with a token from before ${name}`, async () => {
      const person = await vibemobi.member();
      const token = await vibemobi.recoveryToken(person.email);
      await happen(person);
      says(await vibemobi.reset(token), no.invalidToken);
      says(await vibemobi.logIn(person.email, OTHER_PASSWORD), no.incorrect);
    });
  }

  test('is refused to an inactive account, after the token; its password stays', async () => {
    const { email, id } = await vibemobi.member();
    const token = await vibemobi.recoveryToken(email);
    await vibemobi.disable(id);
    says(await vibemobi.reset('nonsense'), no.invalidToken);
    says(await vibemobi.reset(token), no.inactive);
    says(await vibemobi.logIn(email), no.inactive);
    says(await vibemobi.logIn(email, OTHER_PASSWORD), no.incorrect);
  });

  test('is for the account of the link alone, whoever else asked', async () => {
    const [one, other] = [await fabric.member(), await fabric.member()];
    const token = await vibemobi.recoveryToken(one.email);
    await vibemobi.recoveryToken(other.email);
    says(
      await vibemobi.post('/reset-password/', { token, new_password: OTHER_PASSWORD, email: other.email }),
      updated,
    );
    await vibemobi.session(other.email);
    await vibemobi.session(one.email, OTHER_PASSWORD);
  });
});
