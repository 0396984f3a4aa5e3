/**
 * Everything is prepared on one process and looked at on the next one: what was answered with a success is still
 * true, and what was spent stays spent.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HttpSink } from '../../delivery/http-sink.ts';
import { ManualClock } from '../../support/clock.ts';
import { operator } from '../../support/operator.ts';
import {
  done,
  HOUR,
  MINUTE,
  no,
  OTHER_PASSWORD,
  otherThan,
  PASSWORD,
  SECOND,
  says,
  start,
  times,
  tokensOf,
} from './driver.ts';

const directory = await mkdtemp(join(tmpdir(), 'latchkey-restart-'));
const gateway = await HttpSink.start();
after(async () => {
  await gateway.close();
  await rm(directory, { recursive: true, force: true });
});

const clock = new ManualClock();
const env = {
  LATCHKEY_RATE_LIMITS: 'on',
  // Short windows start anew with the process or go on with the database, as the engine has it: not the subject here.
  LATCHKEY_MESSAGE_LIMIT: '1000/1s',
  LATCHKEY_CONFIRM_LIMIT: '1000/1s',
  LATCHKEY_SMS_URL: `http://${gateway.host}/send`,
};
const before = await start({ directory, clock, env });

async function prepared() {
  const guest = await before.guest();

  const signingUp = await before.pending();

  const recovering = before.email();
  await before.account({ email: recovering, password: PASSWORD });
  await before.post('password/reset/', { identifier: recovering, verification_type: 'link' });
  const recovery = { email: recovering, token: await before.linkToken(recovering) };

  const spent = before.email();
  await before.account({ email: spent });
  await before.post('login/passwordless/', { identifier: spent });
  const used = { email: spent, code: await before.code(spent) };
  tokensOf(await before.post('login/passwordless/confirm/', { identifier: spent, code: used.code }));

  const tried = before.email();
  await before.account({ email: tried });
  await before.post('login/passwordless/', { identifier: tried });
  const triedCode = await before.code(tried);
  for (const _ of times(3, String)) {
    const guess = { identifier: tried, code: otherThan(triedCode) };
    says(await before.post('login/passwordless/confirm/', guess), no.wrongCode);
  }

  const guessed = before.email();
  await before.account({ email: guessed });
  // The five that this network has, and a code that is left.
  for (const guesses of [4, 1]) {
    await before.post('login/passwordless/', { identifier: guessed });
    const code = otherThan(await before.code(guessed));
    for (const _ of times(guesses, String)) {
      says(await before.post('login/passwordless/confirm/', { identifier: guessed, code }), no.wrongCode);
    }
  }

  const flooded = before.email();
  await before.account({ email: flooded });
  // The three that this network has.
  for (const _ of times(3, String)) {
    says(await before.post('password/reset/', { identifier: flooded }), done('otp sent via email.'));
  }

  const exchanged = await before.guest();
  const first = await before.refresh(exchanged.refresh);
  const superseded = await before.guest();
  const child = tokensOf(await before.refresh(tokensOf(await before.refresh(superseded.refresh)).refresh));
  const robbed = await before.guest();
  const stolen = { old: robbed.refresh, next: tokensOf(await before.refresh(robbed.refresh)) };

  const revoked = await before.guest();
  await before.server.app.admin.revokeSessions({ actor: operator, account: revoked.account });

  const [locked, counting] = [before.email(), before.email()];
  for (const email of [locked, counting]) await before.account({ email, password: PASSWORD });
  for (const _ of times(5, String)) says(await before.logIn(locked, 'wrong password'), no.wrongPassword);
  for (const _ of times(3, String)) says(await before.logIn(counting, 'wrong password'), no.wrongPassword);

  const phone = before.phone();
  gateway.answer = { status: 503 };
  says(await before.signUp(phone, PASSWORD, { method: 'sms' }), done('otp sent via sms.'));
  await before.server.delivered();

  return {
    guest,
    signingUp,
    recovery,
    used,
    tried: { email: tried, code: triedCode },
    guessed,
    flooded,
    exchanged: { token: exchanged.refresh, first: first.text },
    superseded: { token: superseded.refresh, child },
    stolen,
    revoked,
    locked,
    counting,
    phone,
  };
}

const was = await prepared();
const refusedTexts = gateway.received.length;
await before.server.stop();
clock.advance(10 * SECOND);
gateway.answer = { status: 202 };
const fabric = await start({ directory, clock, env });
const confirm = (identifier: string, code: string) =>
  fabric.post('login/passwordless/confirm/', { identifier, code });

test('tokens of before are good after: the secret is kept', async () => {
  assert.equal((await fabric.me(was.guest.access)).body.id, was.guest.account.id);
  tokensOf(await fabric.refresh(was.guest.refresh));
});

test('a code that was sent before works after, with the password that was set with it', async () => {
  const { email, code, password } = was.signingUp;
  says(await fabric.post('signup/confirm/', { identifier: email, code }), done('Sign up success'));
  await fabric.session(email, password);
});

test('so does a link', async () => {
  const { email, token } = was.recovery;
  says(await fabric.resetWith(email, token), done('Password has been reset successfully.'));
  await fabric.session(email, OTHER_PASSWORD);
});

// SEC-021
test('a code that was used before is used after, and when the clock goes back', async () => {
  const { email, code } = was.used;
  says(await confirm(email, code), no.wrongCode);
  clock.advance(-MINUTE);
  says(await confirm(email, code), no.wrongCode);
  clock.advance(MINUTE);
});

test('wrong tries of before count after', async () => {
  const { email, code } = was.tried;
  for (const _ of [4, 5]) says(await confirm(email, otherThan(code)), no.wrongCode);
  says(await confirm(email, code), no.wrongCode);
});

test('so do the wrong codes of an hour', async () => {
  says(await confirm(was.guessed, '123456'), no.limited(3_590));
});

test('so do the messages of an hour', async () => {
  says(await fabric.post('password/reset/', { identifier: was.flooded }), no.limited(3_590));
  assert.deepEqual(await fabric.server.messages(was.flooded), []);
});

// SEC-059
test('a refresh that is repeated after gets the bytes of before', async () => {
  const { token, first } = was.exchanged;
  assert.equal((await fabric.refresh(token)).text, first);
});

test('one whose successor was used before is refused after, and changes nothing', async () => {
  const { token, child } = was.superseded;
  says(await fabric.refresh(token), no.refreshOver);
  tokensOf(await fabric.refresh(child.refresh));
});

test('one that is too late is theft after as it was before', async () => {
  const { old, next } = was.stolen;
  clock.advance(21 * SECOND);
  says(await fabric.refresh(old), no.refreshOver);
  says(await fabric.me(next.access), no.badToken);
  says(await fabric.refresh(next.refresh), no.refreshOver);
  clock.advance(-21 * SECOND);
});

test('a session that was revoked before is revoked after', async () => {
  says(await fabric.me(was.revoked.access), no.badToken);
  says(await fabric.refresh(was.revoked.refresh), no.refreshOver);
});

test('a lock goes on, for as long as it had to go', async () => {
  const answer = await fabric.logIn(was.locked);
  says(answer, no.locked);
  assert.equal(answer.headers.get('retry-after'), '590');
});

test('wrong passwords of before count after', async () => {
  for (const _ of [4, 5]) says(await fabric.logIn(was.counting, 'wrong password'), no.wrongPassword);
  says(await fabric.logIn(was.counting), no.locked);
});

// SEC-092
test('a message that could not be delivered before is delivered after, and its code works', async () => {
  assert.ok(refusedTexts > 0);
  await fabric.server.delivered();
  const sent = gateway.received.slice(refusedTexts).map(({ body }) => JSON.parse(body));
  assert.deepEqual(
    sent.map(({ to }) => to),
    [was.phone],
  );
  const [code = ''] = /^\d{6}/.exec(sent[0].text) ?? [];
  says(await fabric.post('signup/confirm/', { identifier: was.phone, code }), done('Sign up success'));
});

test('and what was never to be sent is not', async () => {
  clock.advance(HOUR);
  await fabric.server.delivered();
  assert.equal(gateway.received.length, refusedTexts + 1);
});
