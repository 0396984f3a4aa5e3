import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import type { WireAnswer } from '../../support/wire.ts';
import { done, HOUR, MINUTE, no, OTHER_PASSWORD, PASSWORD, says, start, times, tokensOf } from './driver.ts';

const fabric = await start({
  env: { LATCHKEY_PUBLIC_URL: 'https://auth.example.com', LATCHKEY_PRODUCT_NAME: 'Fish & <Chips>' },
});
const forApp = await start({ env: { LATCHKEY_APP_URL: 'https://app.example.com/account/' } });
const byLink = { verification_type: 'link' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

type Server = typeof fabric;

/** Somebody with a password, signed in. */
async function member(server: Server) {
  const email = server.email();
  await server.account({ email, password: PASSWORD });
  return { email, ...(await server.enter(email)) };
}

/** Asks for a link of each purpose; answers who may open it. */
const purposes = {
  signup: {
    async ask(server: Server) {
      const email = server.email();
      says(await server.signUp(email, PASSWORD, byLink), done('link sent via email.'));
      return email;
    },
    confirm: (server: Server, identifier: string, code: string) =>
      server.post('signup/confirm/', { identifier, code }),
  },
  login: {
    async ask(server: Server) {
      const email = server.email();
      await server.account({ email, password: PASSWORD });
      says(
        await server.post('login/passwordless/', { identifier: email, ...byLink }),
        done('link sent via email.'),
      );
      return email;
    },
    confirm: (server: Server, identifier: string, code: string) =>
      server.post('login/passwordless/confirm/', { identifier, code }),
  },
  'password-reset': {
    async ask(server: Server) {
      const { email } = await member(server);
      says(
        await server.post('password/reset/', { identifier: email, ...byLink }),
        done('link sent via email.'),
      );
      return email;
    },
    confirm: (server: Server, identifier: string, code: string) => server.resetWith(identifier, code),
  },
  'email-change': {
    async ask(server: Server) {
      const { access } = await member(server);
      const to = server.email('new');
      says(await server.changeEmail(access, to, PASSWORD, byLink), done('link has been sent to the email.'));
      return to;
    },
    confirm: (server: Server, identifier: string, code: string) =>
      server.post('email/change/confirm/', { identifier, code }),
  },
} as const;

const everyPurpose = Object.keys(purposes) as (keyof typeof purposes)[];
const entries = (url: URL) => [...url.searchParams.keys()];

/** The link's path on the test's own socket. */
async function pathOf(email: string): Promise<string> {
  const { pathname, search } = new URL((await fabric.message(email)).link ?? '');
  return pathname + search;
}

/** Presses the button of the page at `path`. */
async function press(path: string, inputs: Record<string, string> = {}): Promise<WireAnswer> {
  const url = new URL(path, fabric.server.url);
  const body = new URLSearchParams({ ...Object.fromEntries(url.searchParams), ...inputs }).toString();
  return fabric.send(url.pathname, { method: 'POST', headers: FORM, body });
}

/** A page that can do nothing but what it is for. */
function isPage(answer: WireAnswer, status: number, heading: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.text, /^<!doctype html>/);
  assert.match(answer.text, new RegExp(`<h1>${heading.source}</h1>`));
  const { headers } = answer;
  assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  const policy = headers.get('content-security-policy') ?? '';
  for (const rule of [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ]) {
    assert.ok(policy.includes(rule), rule);
  }
  assert.doesNotMatch(policy, /unsafe|script-src|\*/);
  assert.doesNotMatch(answer.text, /<script|javascript:|\son\w+=|src=|<Chips>/i);
  assert.equal(headers.get('set-cookie'), null);
  assert.equal(headers.get('location'), null);
}

/** What a browser makes of the text. */
const shown = (markup: string): string =>
  markup.replace(/&#(\d+);/g, (_reference, number) => String.fromCodePoint(Number(number)));

const USELESS = /This link does not work/;

describe('a link', () => {
  test('opens our own page, at the public URL, whatever a request calls the server', async () => {
    for (const purpose of everyPurpose) {
      const email = await purposes[purpose].ask(fabric);
      const { link = '', text } = await fabric.message(email);
      const url = new URL(link);
      assert.equal(url.origin + url.pathname, `https://auth.example.com/${purpose}/verify`);
      assert.deepEqual(entries(url), ['identifier', 'code']);
      assert.equal(url.searchParams.get('identifier'), email);
      assert.match(url.searchParams.get('code') ?? '', /^[A-Za-z0-9_-]{43}$/);
      assert.ok(text.includes(link));
      assert.match(text, /works for 1 hour|works for 60 minutes/);
    }
  });

  test('opens the app where there is one, which hands its token to the endpoint as code', async () => {
    for (const purpose of everyPurpose) {
      const { ask, confirm } = purposes[purpose];
      const email = await ask(forApp);
      const { link = '' } = await forApp.message(email);
      const url = new URL(link);
      assert.equal(url.origin + url.pathname, `https://app.example.com/account/${purpose}/verify`);
      assert.deepEqual(entries(url), ['identifier', 'code']);
      const code = url.searchParams.get('code') ?? '';
      assert.equal((await confirm(forApp, email, code)).status, 200);
      says(await confirm(forApp, email, code), no.wrongCode);
    }
  });

  test('to an app leaves no pages of ours', async () => {
    for (const purpose of everyPurpose) {
      says(await forApp.send(`/${purpose}/verify?identifier=x&code=y`), no.notFound);
      says(await forApp.send(`/${purpose}/verify`, { method: 'POST' }), no.notFound);
    }
  });

  // SEC-073
  test('never repeats what a request says of its host', async () => {
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'gopher',
      'x-forwarded-for': '203.0.113.1',
      forwarded: 'host=evil.example;proto=gopher',
      origin: 'https://evil.example',
      referer: 'https://evil.example/',
    };
    const email = fabric.email();
    const body = JSON.stringify({ identifier: email, password: PASSWORD, ...byLink });
    const lines = Object.entries({ ...headers, 'content-type': 'application/json', connection: 'close' })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    for (const target of ['/api/v1/auth/signup/', 'http://evil.example/api/v1/auth/signup/']) {
      const answer = await fabric.raw(
        `POST ${target} HTTP/1.1\r\n${lines}content-length: ${body.length}\r\n\r\n${body}`,
      );
      assert.match(answer, /^HTTP\/1\.1 200 /);
      const { link, text, html } = await fabric.message(email);
      assert.ok(link?.startsWith('https://auth.example.com/signup/verify?'));
      assert.doesNotMatch(text + html, /evil|gopher/);
    }
  });

  test('carries an address of any characters without losing one', async () => {
    for (const email of ["a+b&c=d%'e@example.com", 'müller#1@example.com', 'o/o?o@example.com']) {
      says(await fabric.signUp(email, PASSWORD, byLink), done('link sent via email.'));
      const path = await pathOf(email);
      isPage(await fabric.send(path), 200, /Confirm your sign-up/);
      isPage(await press(path), 200, /All set/);
    }
  });

  test('that is opened by the app is no secret for anybody but the right endpoint', async () => {
    const email = await purposes.signup.ask(fabric);
    const token = await fabric.linkToken(email);
    says(await fabric.resetWith(email, token), no.wrongCode);
    says(await purposes.login.confirm(fabric, email, token), no.wrongCode);
    says(await purposes.signup.confirm(fabric, email, token), done('Sign up success'));
  });
});

describe('opening a link', () => {
  // SEC-074: mail scanners follow links.
  test('consumes nothing, however often; the button does', async () => {
    for (const purpose of everyPurpose) {
      const email = await purposes[purpose].ask(fabric);
      const path = await pathOf(email);
      for (const _ of times(7, String)) assert.equal((await fabric.send(path)).status, 200);
      assert.equal((await fetch(fabric.server.url + path, { method: 'HEAD' })).status, 200);
      const { confirm } = purposes[purpose];
      const answer = await confirm(fabric, email, await fabric.linkToken(email));
      assert.equal(answer.status, 200, purpose);
    }
  });

  test('shows a form that posts to the same address and holds what it needs', async () => {
    for (const [purpose, heading] of [
      ['signup', /Confirm your sign-up/],
      ['login', /Sign in\?/],
      ['password-reset', /Choose a new password/],
      ['email-change', /Confirm your new address/],
    ] as const) {
      const email = await purposes[purpose].ask(fabric);
      const path = await pathOf(email);
      for (const form of [path, path.replace('/verify?', '/verify/?')]) {
        const page = await fabric.send(form);
        isPage(page, 200, heading);
        assert.match(page.text, /<form method="post" action="\?">/);
        assert.ok(page.text.includes(`name="code" value="${await fabric.linkToken(email)}"`));
        assert.ok(page.text.includes(email));
        assert.equal(page.text.includes('type="password"'), purpose === 'password-reset');
      }
    }
  });

  test('whose parts are missing or impossible shows that it does not work', async () => {
    for (const purpose of everyPurpose) {
      for (const query of [
        '',
        '?',
        '?identifier=ada%40example.com',
        '?code=x',
        '?identifier=ada&code=x',
        '?identifier=a%40b.example&identifier=c%40d.example&code=x',
        '?identifier=a%40b.example&code=x&code=y',
        '?identifier=%ff&code=x',
      ]) {
        isPage(await fabric.send(`/${purpose}/verify${query}`), 400, USELESS);
      }
    }
  });

  test('that is dead says so before anything is typed', async () => {
    for (const purpose of everyPurpose) {
      const email = await purposes[purpose].ask(fabric);
      const path = await pathOf(email);
      const other = encodeURIComponent(fabric.email());
      const dead = {
        'of another address': path.replace(/identifier=[^&]*/, `identifier=${other}`),
        'with another token': path.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
        'of another purpose': path.replace(purpose, purpose === 'login' ? 'signup' : 'login'),
      };
      for (const [name, target] of Object.entries(dead)) {
        const page = await fabric.send(target);
        isPage(page, 400, USELESS);
        assert.doesNotMatch(page.text, /<form/, `${purpose} ${name}`);
      }
      isPage(await fabric.send(path), 200, /.*/);
      fabric.server.clock.advance(HOUR);
      isPage(await fabric.send(path), 400, USELESS);
    }
  });

  test('that died with a change of the password says so before anything is typed', async () => {
    const { email, access } = await member(fabric);
    await fabric.post('password/reset/', { identifier: email, ...byLink });
    const path = await pathOf(email);
    assert.equal((await fabric.changePassword(access, PASSWORD, OTHER_PASSWORD)).status, 200);
    isPage(await fabric.send(path), 400, USELESS);
  });

  test('that was used says what it has done, and how to go on', async () => {
    for (const [purpose, title, nextStep] of [
      ['signup', /Already confirmed/, /Go back to where you signed up and sign in/],
      ['password-reset', /Password changed/, /Go back and sign in with it/],
      ['email-change', /Address changed/, /Sign in with it/],
    ] as const) {
      const email = await purposes[purpose].ask(fabric);
      const path = await pathOf(email);
      const inputs = { new_password: OTHER_PASSWORD, confirm_password: OTHER_PASSWORD };
      assert.equal((await press(path, inputs)).status, 200);
      for (const again of [await fabric.send(path), await press(path, inputs)]) {
        isPage(again, 200, title);
        assert.match(again.text, nextStep);
        assert.doesNotMatch(again.text, /<form/);
      }
    }
  });

  test('shows the rule for a new password before it is typed', async () => {
    const { text } = await fabric.send(await pathOf(await purposes['password-reset'].ask(fabric)));
    assert.ok(text.indexOf('At least 8 characters') < text.indexOf('type="password"'));
    assert.match(text, /At least 8 characters\./);
    assert.match(text, /aria-describedby="password-rule"/);
  });

  test('with anything in it shows that as text', async () => {
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;
    const page = await fabric.send(
      `/signup/verify?identifier=a%40example.com&code=${encodeURIComponent(evil)}`,
    );
    isPage(page, 400, USELESS);
    const odd = "a&b'c=d@example.com";
    await fabric.account({ email: odd });
    says(
      await fabric.post('login/passwordless/', { identifier: odd, ...byLink }),
      done('link sent via email.'),
    );
    const greeting = await fabric.send(await pathOf(odd));
    isPage(greeting, 200, /Sign in\?/);
    assert.ok(!greeting.text.includes("b'c") && shown(greeting.text).includes(`signing in as ${odd}.`));
    const markup = encodeURIComponent('<i>@example.com');
    isPage(await fabric.send(`/signup/verify?identifier=${markup}&code=x`), 400, USELESS);
  });
});

describe('the button', () => {
  test('of a sign-up activates it, once', async () => {
    const email = await purposes.signup.ask(fabric);
    const path = await pathOf(email);
    isPage(await press(path), 200, /All set/);
    await fabric.session(email);
    isPage(await press(path), 200, /Already confirmed/);
  });

  test('of an e-mail change changes it, once', async () => {
    const { access } = await member(fabric);
    const to = fabric.email();
    await fabric.changeEmail(access, to, PASSWORD, byLink);
    const path = await pathOf(to);
    isPage(await press(path), 200, /Address changed/);
    assert.equal((await fabric.me(access)).body.email, to);
    isPage(await press(path), 200, /Address changed/);
  });

  test('of an e-mail change to an address that was registered meanwhile says so', async () => {
    const { access } = await member(fabric);
    const to = fabric.email();
    await fabric.changeEmail(access, to, PASSWORD, byLink);
    const path = await pathOf(to);
    await fabric.account({ email: to });
    isPage(await press(path), 409, /Address already in use/);
  });

  test('of a reset takes a new password, tells what is wrong with one, and ends every session', async () => {
    const { email, access } = await member(fabric);
    await fabric.post('password/reset/', { identifier: email, ...byLink });
    const path = await pathOf(email);
    const set = (password: string, again = password) =>
      press(path, { new_password: password, confirm_password: again });
    for (const [answer, complaint] of [
      [await press(path), 'The two passwords differ'],
      [await set(''), 'That is too short'],
      [await set(OTHER_PASSWORD, 'something else'), 'The two passwords differ'],
      [await set('short'), 'That is too short'],
      [await set('password123'), 'Too many people use that one'],
      [await set('93847561029384'), 'Use more than digits'],
      [await set(email), 'That is too close to your name or address'],
      [await set('x'.repeat(1025)), 'That is too long'],
    ] as const) {
      isPage(answer, 400, /Choose a new password/);
      assert.match(answer.text, new RegExp(`role="alert">${complaint}`));
      assert.match(answer.text, /type="password"/);
      assert.ok(!answer.text.includes(OTHER_PASSWORD) && !answer.text.includes('93847561029384'));
    }
    assert.equal((await fabric.me(access)).status, 200);
    isPage(await set(OTHER_PASSWORD), 200, /Password changed/);
    says(await fabric.me(access), no.badToken);
    await fabric.session(email, OTHER_PASSWORD);
    isPage(await set('a third fine passphrase'), 200, /Password changed/);
    await fabric.session(email, OTHER_PASSWORD);
  });

  test('of a sign-in shows a fresh code, which signs in where the sign-in began, once', async () => {
    const email = await purposes.login.ask(fabric);
    const path = await pathOf(email);
    const page = await press(path);
    isPage(page, 200, /Your code/);
    const [, code = ''] = /<p class="code">(\d{6})<\/p>/.exec(page.text) ?? [];
    assert.match(page.text, /It works once, for 3 minutes\./);
    const again = await press(path);
    assert.doesNotMatch(again.text, /class="code"|<form/);
    tokensOf(await purposes.login.confirm(fabric, email, code));
    says(await purposes.login.confirm(fabric, email, code), no.wrongCode);
  });

  test('of a sign-in makes the link itself worthless; its code lives three minutes', async () => {
    const email = await purposes.login.ask(fabric);
    const [path, token] = [await pathOf(email), await fabric.linkToken(email)];
    const page = await press(path);
    const [, code = ''] = /<p class="code">(\d{6})<\/p>/.exec(page.text) ?? [];
    says(await purposes.login.confirm(fabric, email, token), no.wrongCode);
    fabric.server.clock.advance(3 * MINUTE);
    says(await purposes.login.confirm(fabric, email, code), no.expiredCode);
  });

  test('of a link that is too old, was replaced, or is somebody else’s does nothing', async () => {
    for (const purpose of everyPurpose) {
      const email = await purposes[purpose].ask(fabric);
      const path = await pathOf(email);
      const inputs = { new_password: OTHER_PASSWORD, confirm_password: OTHER_PASSWORD };
      const other = fabric.email();
      await fabric.account({ email: other });
      isPage(await press(path, { ...inputs, identifier: other }), 400, USELESS);
      isPage(await press(path, { ...inputs, code: 'x' }), 400, USELESS);
      fabric.server.clock.advance(HOUR);
      isPage(await press(path, inputs), 400, USELESS);
    }
  });

  test('of a closed account says so', async () => {
    const email = await purposes.login.ask(fabric);
    const account = await fabric.find(email);
    await fabric.server.app.admin.disableAccount({ actor: operator, account });
    await fabric.post('login/passwordless/', { identifier: email, ...byLink });
    isPage(await press(await pathOf(email)), 403, /This account is switched off/);
  });
});

describe('the pages', () => {
  test('speak HTML about everything that goes wrong under their prefixes', async () => {
    for (const purpose of everyPurpose) {
      const at = (path: string) => `/${purpose}${path}`;
      isPage(await fabric.send(at('/verify/more')), 404, /Nothing here/);
      const put = await fabric.send(at('/verify'), { method: 'PUT' });
      isPage(put, 405, /Nothing here/);
      assert.equal(put.headers.get('allow'), 'GET, POST, HEAD');
      const json = { method: 'POST', json: { identifier: 'a@example.com', code: 'x' } };
      isPage(await fabric.send(at('/verify'), json), 415, /Something went wrong/);
      isPage(await fabric.send(at('/verify'), { method: 'POST' }), 400, USELESS);
      isPage(await fabric.send(at('/verify/%zz')), 400, USELESS);
      const form = (body: string) => fabric.send(at('/verify/'), { method: 'POST', headers: FORM, body });
      isPage(await form('identifier=a%40example.com&identifier=b%40example.com&code=x'), 400, USELESS);
      isPage(await form('identifier=a%40example.com&code=%ff'), 400, USELESS);
      isPage(await form('identifier[]=a%40example.com&code=x'), 400, USELESS);
      isPage(await form('&a'.repeat(100)), 400, USELESS);
      isPage(await form(`code=${'x'.repeat(17_000)}`), 413, /Too large/);
    }
  });

  test('own their paths alone: what is above belongs to whatever contract wants it', async () => {
    const prefixes = fabric.server.app.mounts.flatMap((mount) => mount.prefixes);
    for (const purpose of everyPurpose) {
      assert.ok(prefixes.includes(`/${purpose}/verify`));
      assert.ok(!prefixes.includes(`/${purpose}`));
    }
  });

  test('have the product’s name, escaped', async () => {
    const { text } = await fabric.send('/signup/verify');
    assert.match(text, /<p class="product">Fish &#38; &#60;Chips&#62;<\/p>/);
  });
});
