/** The form of each page that a link opens, as a browser sends it: with and without a trailing slash in the address. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireAnswer } from '../support/wire.ts';
import { done, PASSWORD, says } from './fabric/driver.ts';
import { NEW_PASSWORD, start } from './identity/world.ts';

const world = await start();
const { fabric, notes, vibemobi, server } = world;
const byLink = { verification_type: 'link' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const newestLink = async (address: string): Promise<string> => (await fabric.message(address)).link ?? '';

/** A fresh link to each page, and the title of what its button leads to. */
const pages: Readonly<Record<string, readonly [link: () => Promise<string>, title: string]>> = {
  'a sign-up at Fabric': [
    async () => {
      const email = fabric.email();
      says(await fabric.signUp(email, PASSWORD, byLink), done('link sent via email.'));
      return newestLink(email);
    },
    'All set',
  ],
  'a sign-in at Fabric': [
    async () => {
      const { email } = await fabric.member();
      await fabric.post('login/passwordless/', { identifier: email, ...byLink });
      return newestLink(email);
    },
    'Your code',
  ],
  'a reset at Fabric': [
    async () => {
      const { email } = await fabric.member();
      await fabric.post('password/reset/', { identifier: email, ...byLink });
      return newestLink(email);
    },
    'Password changed',
  ],
  'an e-mail change at Fabric': [
    async () => {
      const { email } = await fabric.member();
      const { access } = await fabric.session(email);
      const to = fabric.email();
      await fabric.changeEmail(access, to, PASSWORD, byLink);
      return newestLink(to);
    },
    'Address changed',
  ],
  'a reset at VibeMobi': [
    async () => {
      const { email } = await fabric.member();
      await vibemobi.recover(email);
      return newestLink(email);
    },
    'Password changed',
  ],
  'an activation at Notes': [
    async () => {
      const { email } = await notes.pending();
      return newestLink(email);
    },
    'Verified',
  ],
  'an undone address change': [
    async () => {
      const { email, bearer } = await vibemobi.member();
      await vibemobi.patch('/users/me', { email: fabric.email() }, bearer);
      return newestLink(email);
    },
    'Change undone',
  ],
};

/** Opens the page and presses its button. */
async function press(address: URL): Promise<WireAnswer> {
  const page = await fabric.send(address.pathname + address.search);
  assert.equal(page.status, 200, page.text);
  const [, action] = /<form method="post" action="([^"]*)">/.exec(page.text) ?? [];
  assert.ok(action !== undefined, page.text);
  const fields = new URLSearchParams();
  for (const [, name = '', value = ''] of page.text.matchAll(
    /type="hidden" name="([^"]*)" value="([^"]*)"/g,
  )) {
    fields.set(name, value);
  }
  if (page.text.includes('type="password"')) {
    fields.set('new_password', NEW_PASSWORD);
    fields.set('confirm_password', NEW_PASSWORD);
  }
  const target = new URL(action, address);
  return fabric.send(target.pathname + target.search, {
    method: 'POST',
    headers: FORM,
    body: String(fields),
  });
}

for (const [name, [ask, title]] of Object.entries(pages)) {
  test(`the form of ${name} works with and without a trailing slash`, async () => {
    for (const slash of ['', '/']) {
      const { pathname, search } = new URL(await ask());
      const answer = await press(new URL(`${pathname}${slash}${search}`, server.url));
      assert.equal(answer.status, 200, answer.text);
      assert.equal(/<h1>(.*)<\/h1>/.exec(answer.text)?.[1], title);
    }
  });
}
