import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AuditEventType } from '../../../src/core/audit/index.ts';
import type { WireAnswer } from '../../support/wire.ts';
import {
  done,
  no,
  OTHER_PASSWORD,
  otherThan,
  PASSWORD,
  says,
  start,
  type Tokens,
  tally,
  times,
  tokensOf,
} from './driver.ts';

const fabric = await start();
const { app } = fabric.server;

interface Race {
  /** Asks for a code; answers whose it is and how to use it. */
  prepare(): Promise<{ to: string; accountId: string; redeem(code: string): Promise<WireAnswer> }>;
  /** What happens once, as the audit trail has it. */
  readonly event: AuditEventType;
}

const confirmWith = (path: string, identifier: string) => (code: string) =>
  fabric.post(path, { identifier, code });

async function member() {
  const email = fabric.email();
  const { id } = await fabric.account({ email, password: PASSWORD });
  return { email, id };
}

const races: Record<string, Race> = {
  'a sign-up': {
    async prepare() {
      const { email: to } = await fabric.pending();
      const { id: accountId } = await fabric.find(to);
      return { to, accountId, redeem: confirmWith('signup/confirm/', to) };
    },
    event: 'account_activated',
  },
  'a passwordless sign-in': {
    async prepare() {
      const to = fabric.email();
      const { id: accountId } = await fabric.account({ email: to });
      await fabric.post('login/passwordless/', { identifier: to });
      return { to, accountId, redeem: confirmWith('login/passwordless/confirm/', to) };
    },
    event: 'sign_in_succeeded',
  },
  'a password reset': {
    async prepare() {
      const { email: to, id: accountId } = await member();
      await fabric.post('password/reset/', { identifier: to });
      return { to, accountId, redeem: (code) => fabric.resetWith(to, code) };
    },
    event: 'password_reset',
  },
  'an e-mail change': {
    async prepare() {
      const { email, id: accountId } = await member();
      const { access } = await fabric.enter(email);
      const to = fabric.email();
      await fabric.changeEmail(access, to);
      return { to, accountId, redeem: confirmWith('email/change/confirm/', to) };
    },
    event: 'email_changed',
  },
};

async function occurrences(accountId: string, event: AuditEventType): Promise<number> {
  const events = await app.storage.audit.list({ accountId, limit: 200 });
  return events.filter(({ type }) => type === event).length;
}

for (const [name, { prepare, event }] of Object.entries(races)) {
  describe(`the code of ${name}`, () => {
    // SEC-019
    test('sent fifty times at once works exactly once', async () => {
      const { to, accountId, redeem } = await prepare();
      const code = await fabric.code(to);
      const before = await occurrences(accountId, event);
      const answers = await Promise.all(times(50, () => redeem(code)));
      assert.deepEqual(tally(answers), { 200: 1, 400: 49 });
      for (const answer of answers) if (answer.status === 400) says(answer, no.wrongCode);
      assert.equal((await occurrences(accountId, event)) - before, 1);
    });

    // SEC-020
    test('is compared five times at most, among however many guesses at once', async (t) => {
      const { to, redeem } = await prepare();
      const code = await fabric.code(to);
      const { mock } = t.mock.method(app.core.challengeSecrets, 'matches');
      const right = 17;
      const answers = await Promise.all(
        times(50, (index) => redeem(index === right ? code : otherThan(code))),
      );
      assert.ok(mock.callCount() <= 5, `${mock.callCount()} comparisons`);
      const others = answers.filter((_answer, index) => index !== right);
      for (const answer of others) says(answer, no.wrongCode);
      says(await redeem(code), no.wrongCode);
    });
  });
}

// SEC-089
describe('at the same time', () => {
  test('a dozen sign-ups of one address, in all its spellings, make one account', async () => {
    const email = fabric.email('grete');
    const spellings = [email, email.toUpperCase(), ` ${email}`, email.replace('@', '\uff20')] as const;
    const before = await app.storage.accounts.count();
    const answers = await Promise.all(
      times(12, (index) => fabric.signUp(spellings[index % 4] ?? '', `${PASSWORD} ${index}`)),
    );
    for (const answer of answers) says(answer, done('otp sent via email.'));
    assert.equal((await app.storage.accounts.count()) - before, 1);
    says(await fabric.post('signup/otp/resend/', { identifier: email }), done('otp sent via email.'));
    const { code } = (await fabric.server.messages()).find(({ to }) => to.toLowerCase() === email) ?? {};
    says(await fabric.post('signup/confirm/', { identifier: email, code }), done('Sign up success'));
  });

  test('a sign-up and an e-mail change to one address leave it to one of them', async () => {
    const to = fabric.email();
    const { email } = await member();
    const { access } = await fabric.enter(email);
    await fabric.changeEmail(access, to);
    const move = await fabric.code(to);
    const { code } = await fabric.pending(to);
    const answers = await Promise.all([
      fabric.post('email/change/confirm/', { identifier: to, code: move }),
      fabric.post('signup/confirm/', { identifier: to, code }),
    ]);
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    const owner = await fabric.find(to);
    const moved = answers[0]?.status === 200;
    assert.equal((await fabric.me(access)).body.email, moved ? to : email);
    assert.equal(owner.id === (await fabric.me(access)).body.id, moved);
  });

  test('two changes to one address leave it to one of them', async () => {
    const to = fabric.email();
    const movers: { access: string; code: string }[] = [];
    for (const _ of [1, 2]) {
      const { email } = await member();
      const { access } = await fabric.enter(email);
      await fabric.changeEmail(access, to);
      movers.push({ access, code: await fabric.code(to) });
    }
    const answers = await Promise.all(
      movers.map(({ code }) => fabric.post('email/change/confirm/', { identifier: to, code })),
    );
    // The first code died when the second was asked for.
    assert.deepEqual(tally(answers), { 200: 1, 400: 1 });
    const addresses = await Promise.all(
      movers.map(async ({ access }) => (await fabric.me(access)).body.email),
    );
    assert.equal(addresses.filter((address) => address === to).length, 1);
  });

  // SEC-063
  test('one reset link with two passwords sets one of them', async () => {
    const { email } = await member();
    await fabric.post('password/reset/', { identifier: email, verification_type: 'link' });
    const token = await fabric.linkToken(email);
    const passwords = ['the first of two passphrases', 'the second of two passphrases'];
    const answers = await Promise.all(passwords.map((password) => fabric.resetWith(email, token, password)));
    assert.deepEqual(tally(answers), { 200: 1, 400: 1 });
    for (const [index, password] of passwords.entries()) {
      assert.equal((await fabric.logIn(email, password)).status, answers[index]?.status === 200 ? 200 : 401);
    }
  });

  test('two password changes are one: the other one no longer knows the old password', async () => {
    const { email } = await member();
    const { access } = await fabric.enter(email);
    const passwords = ['the first of two passphrases', 'the second of two passphrases'];
    const answers = await Promise.all(
      passwords.map((password) => fabric.changePassword(access, PASSWORD, password)),
    );
    assert.deepEqual(tally(answers), { 200: 1, 400: 1 });
    for (const [index, answer] of answers.entries()) {
      if (answer.status === 400) says(answer, no.wrongOldPassword);
      else await fabric.session(email, passwords[index]);
    }
  });

  // SEC-062
  test('no sign-in, code or refresh outlives the reset that it raced with', async () => {
    for (const _ of times(3, String)) {
      const { email } = await member();
      const { refresh } = await fabric.enter(email);
      await fabric.post('login/passwordless/', { identifier: email });
      const signIn = await fabric.code(email);
      await fabric.post('password/reset/', { identifier: email });
      const code = await fabric.code(email);
      const [reset, ...others] = await Promise.all([
        fabric.resetWith(email, code),
        fabric.logIn(email),
        fabric.logIn(email),
        fabric.refresh(refresh),
        fabric.post('login/passwordless/confirm/', { identifier: email, code: signIn }),
      ]);
      says(reset, done('Password has been reset successfully.'));
      const minted: Tokens[] = others.filter(({ status }) => status === 200).map(tokensOf);
      for (const tokens of minted) {
        says(await fabric.me(tokens.access), no.badToken);
        says(await fabric.refresh(tokens.refresh), no.refreshOver);
      }
    }
  });

  // SEC-061
  test('a request that starts after a password change was answered never succeeds with an old session', async () => {
    const { email } = await member();
    const mine = await fabric.enter(email);
    const others = [await fabric.enter(email), await fabric.enter(email)];
    says(
      await fabric.changePassword(mine.access, PASSWORD, OTHER_PASSWORD),
      done('Password has been changed successfully.'),
    );
    for (const { access } of others) {
      const answers = await Promise.all(times(10, () => fabric.me(access)));
      assert.deepEqual(tally(answers), { 401: 10 });
    }
    assert.equal((await fabric.me(mine.access)).status, 200);
  });

  // SEC-089
  test('whatever is done to one address, nobody meets a bug', async () => {
    for (const _ of [1, 2, 3]) {
      const { email, code } = await fabric.pending();
      const { access } = await fabric.enter((await member()).email);
      const answers = await Promise.all(
        times(3, () => [
          fabric.signUp(email, OTHER_PASSWORD),
          fabric.post('signup/otp/resend/', { identifier: email }),
          fabric.post('signup/confirm/', { identifier: email, code }),
          fabric.post('login/passwordless/', { identifier: email }),
          fabric.post('password/reset/', { identifier: email }),
          fabric.resetWith(email, code),
          fabric.changeEmail(access, email),
          fabric.post('email/change/confirm/', { identifier: email, code }),
        ]).flat(),
      );
      for (const { status, text } of answers) assert.ok([200, 400, 404, 409].includes(status), text);
    }
  });

  // SEC-090
  test('everybody is answered about themselves', async () => {
    const people = await Promise.all(times(25, () => fabric.guest()));
    const rounds = await Promise.all(
      people.flatMap(({ access, refresh, email, account }) =>
        times(4, async (round) => {
          const bearer = round === 3 ? tokensOf(await fabric.refresh(refresh)).access : access;
          const { body } = await fabric.me(bearer);
          return body.id === account.id && body.email === email;
        }),
      ),
    );
    assert.equal(rounds.filter((right) => right).length, 100);
  });
});
