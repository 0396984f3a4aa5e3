import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { totpAt } from '../../../src/crypto/totp.ts';
import { operator } from '../../support/operator.ts';
import { done, no, says, times } from '../fabric/driver.ts';
import { said, no as vibemobiNo, says as vibemobiSays } from '../vibemobi/driver.ts';
import { ATTACKER_PASSWORD, NEW_PASSWORD, PASSWORD, start } from './world.ts';

const DAY = 86_400_000;
const world = await start();
const { fabric, vibemobi, ibanera, server } = world;
const { clock } = server;
const { storage, admin } = server.app;
const everywhere = ['fabric', 'notes', 'vibemobi'];

/** The title of a page. */
const titleOf = ({ text }: { text: string }) => /<h1>(.*)<\/h1>/.exec(text)?.[1];
const WORKS_NOT = 'This link does not work';

/** Ways to move an account to another address. Each needs a live session, some the password. */
const moves = {
  'PATCH users/me': async (bearer: string, _id: string, to: string) => {
    assert.equal((await vibemobi.patch('/users/me', { email: to }, bearer)).status, 200);
  },
  'PATCH users/{id}': async (_bearer: string, id: string, to: string) => {
    const root = await vibemobi.superuser();
    assert.equal((await vibemobi.patch(`/users/${id}`, { email: to }, root.bearer)).status, 200);
  },
  'an e-mail change that is confirmed': async (_bearer: string, id: string, to: string) => {
    const { email } = await vibemobi.stored(id);
    const { access } = await fabric.session(email ?? '');
    says(await fabric.changeEmail(access, to), done('otp has been sent to the email.'));
    const confirm = { identifier: to, code: await fabric.code(to) };
    says(await fabric.post('email/change/confirm/', confirm), done('Email has been changed successfully.'));
  },
};

/** A member whose account a thief has moved from `old` to `stolen`. */
async function stolen() {
  const member = await vibemobi.member();
  const thief = fabric.email('thief');
  await moves['PATCH users/me'](member.bearer, member.id, thief);
  return { ...member, old: member.email, thief, token: await world.undoToken(member.email) };
}

describe('the notice of an address change', () => {
  for (const [way, move] of Object.entries(moves)) {
    test(`goes to the former address with a link that undoes it: ${way}`, async () => {
      const { email, id, bearer } = await vibemobi.member();
      const to = fabric.email();
      await move(bearer, id, to);
      const token = await world.undoToken(email);
      const page = await world.openUndo(token);
      assert.deepEqual([page.status, titleOf(page)], [200, 'Undo the change of your address']);
      assert.equal((await vibemobi.stored(id)).email, to, 'a GET changes nothing');
      const undone = await world.undo(token);
      assert.deepEqual([undone.status, titleOf(undone)], [200, 'Change undone']);
      const account = await vibemobi.stored(id);
      assert.deepEqual([account.email, account.emailVerifiedAt], [email, clock.now()]);
      assert.deepEqual(await world.opens(email, NEW_PASSWORD), everywhere);
      assert.deepEqual(await world.opens(email, PASSWORD), []);
      vibemobiSays(await vibemobi.get('/users/me', bearer), vibemobiNo.badCredentials);
      const events = await storage.audit.list({ accountId: id, limit: 20 });
      assert.ok(events.some(({ type }) => type === 'email_change_undone'));
    });
  }

  test('says what the link does, how long it works, and nothing that is secret', async () => {
    const { email, id, bearer } = await vibemobi.member();
    await moves['PATCH users/me'](bearer, id, fabric.email());
    const { subject, text } = await fabric.message(email);
    assert.equal(subject, 'Your Latchkey address has changed');
    assert.match(text, /undo the change and choose a new password/);
    assert.match(text, /The link works for 7 days, and only once\./);
  });

  test('goes to no address that the account had not proved', async () => {
    const email = fabric.email();
    const { bearer, id } = await vibemobi.member({ email, isVerified: false });
    await moves['PATCH users/me'](bearer, id, fabric.email());
    assert.deepEqual(await server.messages(email), []);
  });
});

describe('a link that undoes an address change', () => {
  test('works once, and only for seven days', async () => {
    const one = await stolen();
    assert.equal((await world.undo(one.token)).status, 200);
    for (const answer of [await world.openUndo(one.token), await world.undo(one.token, PASSWORD)]) {
      assert.deepEqual([answer.status, titleOf(answer)], [400, WORKS_NOT]);
      assert.doesNotMatch(answer.text, /<form|ask for a new one/);
      assert.match(answer.text, /cannot undo the change any more.*ask the operators/);
    }
    assert.deepEqual(await world.opens(one.old, NEW_PASSWORD), everywhere);
    const [late, other] = [await stolen(), await stolen()];
    clock.advance(7 * DAY - 1);
    assert.equal((await world.undo(late.token)).status, 200);
    clock.advance(1);
    const expired = await world.openUndo(other.token);
    assert.deepEqual([expired.status, titleOf(expired)], [400, WORKS_NOT]);
    assert.equal(titleOf(await world.undo(other.token)), WORKS_NOT);
    assert.equal((await vibemobi.stored(other.id)).email, other.thief);
  });

  test('is dead when it was invented, and when its account is gone', async () => {
    for (const token of ['', 'x', 'A'.repeat(43)])
      assert.equal(titleOf(await world.openUndo(token)), WORKS_NOT);
    const { id, token, account } = await stolen();
    await admin.deleteAccount({ actor: operator, account });
    assert.equal(titleOf(await world.openUndo(token)), WORKS_NOT);
    assert.equal(titleOf(await world.undo(token)), WORKS_NOT);
    assert.equal(await storage.accounts.findById(id), undefined);
  });

  test('stays alive while a password is chosen that is good enough', async () => {
    const { id, old, thief, token } = await stolen();
    for (const [password, again, complaint] of [
      ['short', 'short', /too short/],
      ['password123', 'password123', /Too many people/],
      [old, old, /too close to your name or address/],
      [NEW_PASSWORD, PASSWORD, /two passwords differ/],
    ] as const) {
      const answer = await world.undo(token, password, again);
      assert.equal(answer.status, 400);
      assert.match(answer.text, complaint);
      assert.match(answer.text, /<form/);
    }
    assert.equal((await vibemobi.stored(id)).email, thief);
    assert.equal((await world.undo(token)).status, 200);
  });

  // SEC-061
  test('survives all that a thief does: resets, passwords, proofs, and further moves, whose links die', async () => {
    const { id, old, thief, token } = await stolen();
    // The thief proves the new address by a recovery, which ends every session and sets a password.
    vibemobiSays(
      await vibemobi.reset(await vibemobi.recoveryToken(thief), ATTACKER_PASSWORD),
      said.passwordUpdated,
    );
    const { access } = await fabric.session(thief, ATTACKER_PASSWORD);
    const changed = await fabric.changePassword(access, ATTACKER_PASSWORD, `${ATTACKER_PASSWORD}!`);
    says(changed, done('Password has been changed successfully.'));
    const bearer = await vibemobi.session(thief, `${ATTACKER_PASSWORD}!`);
    const further = fabric.email('further');
    await moves['PATCH users/me'](bearer, id, further);
    const later = await world.undoToken(thief);
    await fabric.enter(further);
    await fabric.post('password/reset/', { identifier: further });
    const reset = await fabric.code(further);

    assert.equal((await world.undo(token)).status, 200);
    assert.equal((await vibemobi.stored(id)).email, old);
    assert.deepEqual(await world.opens(old, NEW_PASSWORD), everywhere);
    assert.equal(titleOf(await world.undo(later, ATTACKER_PASSWORD)), WORKS_NOT);
    says(await fabric.resetWith(further, reset, ATTACKER_PASSWORD), no.unknown);
    assert.deepEqual(await world.opens(further, ATTACKER_PASSWORD), []);
  });

  test('of an earlier change survives one of a later change', async () => {
    const { id, old, thief, token } = await stolen();
    vibemobiSays(
      await vibemobi.reset(await vibemobi.recoveryToken(thief), ATTACKER_PASSWORD),
      said.passwordUpdated,
    );
    await moves['PATCH users/me'](
      await vibemobi.session(thief, ATTACKER_PASSWORD),
      id,
      fabric.email('further'),
    );
    assert.equal((await world.undo(await world.undoToken(thief), ATTACKER_PASSWORD)).status, 200);
    assert.equal((await vibemobi.stored(id)).email, thief);
    assert.equal((await world.undo(token)).status, 200);
    assert.equal((await vibemobi.stored(id)).email, old);
  });

  test('ends a lock of password sign-in', async () => {
    const { old, thief, token } = await stolen();
    for (const _ of times(6, String)) await vibemobi.logIn(thief, 'wrong');
    assert.equal((await world.undo(token)).status, 200);
    await vibemobi.session(old, NEW_PASSWORD);
  });

  test('takes the address from an account that holds it unproved, and from a sign-up that waits', async () => {
    const [one, other] = [await stolen(), await stolen()];
    const squatting = await vibemobi.post('/users/signup', { email: one.old, password: ATTACKER_PASSWORD });
    assert.equal(squatting.status, 200);
    assert.equal((await world.undo(one.token)).status, 200);
    assert.equal((await vibemobi.stored(one.id)).email, one.old);
    assert.equal((await vibemobi.stored((squatting.body as { id: string }).id)).email, null);
    assert.deepEqual(await world.opens(one.old, ATTACKER_PASSWORD), []);

    await fabric.pending(other.old, ATTACKER_PASSWORD);
    assert.equal((await world.undo(other.token)).status, 200);
    assert.equal((await fabric.find(other.old)).id, other.id);
  });

  test('changes nothing when another account has proved the address, and says so before a password is typed', async () => {
    const { id, old, thief, token } = await stolen();
    const owner = await fabric.account({ email: old });
    for (const answer of [await world.openUndo(token), await world.undo(token)]) {
      assert.equal(answer.status, 409);
      assert.match(answer.text, /belongs to another account/);
      assert.doesNotMatch(answer.text, /<form/);
    }
    assert.equal((await vibemobi.stored(id)).email, thief);
    assert.equal((await fabric.find(old)).id, owner.id);
    await admin.deleteAccount({ actor: operator, account: owner });
    assert.equal((await world.undo(token)).status, 200);
  });

  test('does not open an account that an operator switched off', async () => {
    const { id, thief, token } = await stolen();
    await vibemobi.disable(id);
    for (const answer of [await world.openUndo(token), await world.undo(token)])
      assert.equal(answer.status, 403);
    assert.equal((await vibemobi.stored(id)).email, thief);
  });

  // SEC-063
  test('of parallel uses one succeeds', async () => {
    const { id, old, token } = await stolen();
    const passwords = times(8, (index) => `${NEW_PASSWORD} ${index}`);
    const answers = await Promise.all(passwords.map((password) => world.undo(token, password)));
    const titles = answers.map(titleOf);
    assert.equal(titles.filter((title) => title === 'Change undone').length, 1);
    assert.equal(titles.filter((title) => title === WORKS_NOT).length, 7);
    const winner = passwords[titles.indexOf('Change undone')] ?? '';
    assert.deepEqual(await world.opens(old, winner), everywhere);
    assert.equal((await vibemobi.stored(id)).email, old);
  });

  test('races with a further change and a confirmation: the account ends at one address, and nothing breaks', async () => {
    const { id, old, bearer, token } = await stolen();
    const [patched, proved] = [fabric.email(), fabric.email()];
    const member = await fabric.member();
    const { access } = await fabric.session(member.email);
    // Another account confirms a move to the address that is put back.
    says(await fabric.changeEmail(access, proved), done('otp has been sent to the email.'));
    const code = await fabric.code(proved);
    const answers = await Promise.all([
      world.undo(token),
      ...times(4, () => vibemobi.patch('/users/me', { email: patched }, bearer)),
      fabric.post('email/change/confirm/', { identifier: proved, code }),
      vibemobi.post('/users/signup', { email: old, password: ATTACKER_PASSWORD }),
    ]);
    assert.ok(
      answers.every(({ status }) => status < 500),
      answers.map(({ status }) => status).join(' '),
    );
    const { email } = await vibemobi.stored(id);
    assert.ok(email === old || email === patched);
    assert.equal((await fabric.find(old)).id, id);
  });

  test('leads to a page that runs, loads and leaks nothing', async () => {
    const { token } = await stolen();
    const { headers } = await world.openUndo(token);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*form-action 'self'/);
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('cache-control'), 'no-store');
  });
});

// SEC-029
describe('TOTP', () => {
  for (const [way, move] of Object.entries(moves)) {
    test(`outlives an address change, a recovery at the new address and the undoing of it: ${way}`, async () => {
      const member = await vibemobi.member();
      const { secret } = await admin.enrollTotp({ actor: operator, account: member.account });
      const bearer = await vibemobi.session(member.email);
      const thief = fabric.email('thief');
      await move(bearer, member.id, thief);
      vibemobiSays(
        await vibemobi.reset(await vibemobi.recoveryToken(thief), ATTACKER_PASSWORD),
        said.passwordUpdated,
      );
      await fabric.enter(thief);
      assert.equal((await ibanera.logIn(thief, ATTACKER_PASSWORD, '000000')).status, 400);
      const [token] = await world.undoTokens(member.email);
      assert.equal((await world.undo(token ?? '')).status, 200);
      assert.equal((await ibanera.logIn(member.email, NEW_PASSWORD, '000000')).status, 400);
      const code = totpAt(secret, clock.now());
      assert.equal((await ibanera.logIn(member.email, NEW_PASSWORD, code)).status, 200);
    });
  }

  test('outlives every first proof: a recovery, a code to sign in, and a sign-up’s code', async () => {
    const strict = await start({ LATCHKEY_REQUIRE_TOTP: 'enrolled' });
    const { fabric, vibemobi, ibanera } = strict;
    const proofs = {
      recovery: async (email: string) => {
        vibemobiSays(
          await vibemobi.reset(await vibemobi.recoveryToken(email), NEW_PASSWORD),
          said.passwordUpdated,
        );
      },
      'sign-up': async (email: string) => {
        says(await fabric.post('signup/otp/resend/', { identifier: email }), done('otp sent via email.'));
        await strict.ways.fabric.confirm(email);
        vibemobiSays(
          await vibemobi.reset(await vibemobi.recoveryToken(email), NEW_PASSWORD),
          said.passwordUpdated,
        );
      },
      'sign-in': async (email: string) => {
        says(await fabric.post('login/passwordless/', { identifier: email }), done('otp sent via email.'));
        const code = await fabric.code(email);
        says(await fabric.post('login/passwordless/confirm/', { identifier: email, code }), no.wrongCode);
        await proofs.recovery(email);
      },
    };
    for (const prove of Object.values(proofs)) {
      const email = fabric.email();
      const account = await fabric.account({ email, password: PASSWORD, isVerified: false });
      const { secret } = await strict.server.app.admin.enrollTotp({ actor: operator, account });
      await prove(email);
      assert.deepEqual(await strict.opens(email, NEW_PASSWORD), []);
      const code = totpAt(secret, strict.server.clock.now());
      assert.equal((await ibanera.logIn(email, NEW_PASSWORD, code)).status, 200);
    }
  });
});

// SEC-023
describe('a mailbox is not filled by address changes:', () => {
  test('sixty alternating changes send a stranger nothing, and the owner one notice', async () => {
    const limited = await start({ LATCHKEY_RATE_LIMITS: 'on', LATCHKEY_PROFILE_LIMIT: '1000/1m' });
    const { vibemobi, fabric, server } = limited;
    const { email, bearer } = await vibemobi.member();
    const stranger = fabric.email('stranger');
    for (const to of times(60, (index) => (index % 2 === 0 ? stranger : email))) {
      assert.equal((await vibemobi.patch('/users/me', { email: to }, bearer)).status, 200);
    }
    assert.deepEqual(await server.messages(stranger), []);
    assert.equal((await server.messages(email)).length, 1);
  });

  test('notices have a budget of their own: ten an hour, whatever else was sent', async () => {
    const limited = await start({
      LATCHKEY_RATE_LIMITS: 'on',
      LATCHKEY_MESSAGE_LIMIT: '1000/1m',
      LATCHKEY_MESSAGE_ADDRESS_LIMIT: '1000/1m',
      LATCHKEY_SIGN_IN_LIMIT: '1000/1m',
      LATCHKEY_PROFILE_LIMIT: '1000/1m',
    });
    const { vibemobi, fabric, server } = limited;
    const { email, id, bearer } = await vibemobi.member();
    for (const _ of times(12, String)) await vibemobi.recover(email);
    const { access } = await fabric.session(email);
    for (const _ of times(12, String)) await fabric.changeEmail(access, fabric.email());
    const noticesTo = async (subject: RegExp) =>
      (await server.messages(email)).filter((message) => subject.test(message.subject)).length;
    assert.equal(await noticesTo(/is about to change/), 10);
    // None of these silences the notice that carries the link.
    for (const _ of times(12, String)) {
      assert.equal((await vibemobi.patch('/users/me', { email: fabric.email() }, bearer)).status, 200);
      await server.app.storage.accounts.changeEmail(id, { kind: 'email', value: email, key: email }, 1);
    }
    assert.equal(await noticesTo(/has changed/), 10);
    assert.equal((await limited.undoTokens(email)).length, 10);
    server.clock.advance(3_600_000);
    assert.equal((await vibemobi.patch('/users/me', { email: fabric.email() }, bearer)).status, 200);
    assert.equal((await limited.undoTokens(email)).length, 11);
  });
});

// Django CVE-2019-19844
describe('a notice goes to the address as its owner wrote it, however a request spells it:', () => {
  test('hardened sign-up, its repeat, and an e-mail change', async () => {
    const hardened = await start({ LATCHKEY_ENUMERATION: 'hardened' });
    const { fabric, notes, server } = hardened;
    const stored = `Owner-${fabric.email()}`;
    await fabric.account({ email: stored });
    const typed = stored.toUpperCase();
    await hardened.ways.fabric.signUp(typed, PASSWORD, '192.0.2.1');
    await notes.signup({ ...notes.person(), email: typed }, PASSWORD);
    await fabric.post('signup/otp/resend/', { identifier: typed });
    const { access } = await fabric.session((await fabric.member()).email);
    await fabric.changeEmail(access, typed);
    const messages = (await server.messages()).filter(({ to }) => to.toLowerCase() === stored.toLowerCase());
    assert.deepEqual(
      messages.map(({ to }) => to),
      times(4, () => stored),
    );
  });
});
