import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import { send, type WireAnswer } from '../../support/wire.ts';
import {
  MINUTE,
  no,
  PASSWORD,
  type Partner,
  STEP,
  says,
  start,
  tally,
  times,
  tokensOf,
  WRONG,
} from './driver.ts';

const ibanera = await start();
const { clock, app } = ibanera.server;

const fabric = (path: string, json: object, bearer?: string): Promise<WireAnswer> =>
  send(`${ibanera.server.url}/api/v1/auth/${path}`, { json, ...(bearer !== undefined && { bearer }) });
const fabricLogin = (identifier: string, password: string) => fabric('login/basic', { identifier, password });

const withRight = (partner: Partner) => ibanera.logIn(partner.username, PASSWORD, ibanera.code(partner));
const withWrongPassword = (partner: Partner) => ibanera.logIn(partner.username, WRONG, ibanera.code(partner));
const withWrongCode = (partner: Partner) =>
  ibanera.logIn(partner.username, PASSWORD, ibanera.wrongCode(partner));

function saysLocked(answer: WireAnswer, seconds: number): void {
  says(answer, no.locked);
  assert.equal(answer.headers.get('retry-after'), String(seconds));
}

describe('five failures in a row', () => {
  // SEC-008
  for (const [what, fail] of Object.entries({ withWrongPassword, withWrongCode })) {
    test(`lock for ten minutes, also with the right credentials: ${what}`, async () => {
      const partner = await ibanera.partner();
      for (const _ of times(5, String)) says(await fail(partner), no.incorrect);
      const before = ibanera.evaluations();
      saysLocked(await withRight(partner), 600);
      clock.advance(10 * MINUTE - 1);
      saysLocked(await withRight(partner), 1);
      assert.equal(ibanera.evaluations(), before, 'nothing is compared while it is locked');
      clock.advance(1);
      tokensOf(await withRight(partner));
    });
  }

  // SEC-015
  test('may be of both kinds: a right password does not start the count anew', async () => {
    const partner = await ibanera.partner();
    for (const fail of [withWrongCode, withWrongPassword, withWrongCode, withWrongCode, withWrongPassword]) {
      says(await fail(partner), no.incorrect);
    }
    saysLocked(await withRight(partner), 600);
  });

  // SEC-032
  test('count a used code like a wrong one', async () => {
    const partner = await ibanera.partner();
    const used = ibanera.code(partner);
    tokensOf(await ibanera.logIn(partner.username, PASSWORD, used));
    for (const _ of times(5, String))
      says(await ibanera.logIn(partner.username, PASSWORD, used), no.incorrect);
    clock.advance(STEP);
    saysLocked(await withRight(partner), 570);
  });

  test('are five: a success between them starts the count anew', async () => {
    const partner = await ibanera.partner();
    for (const _ of times(3, String)) {
      for (const __ of times(4, String)) says(await withWrongCode(partner), no.incorrect);
      tokensOf(await withRight(partner));
      clock.advance(STEP);
    }
  });

  // SEC-007
  test('of a name that nobody has are locked the same way', async () => {
    const name = ibanera.name();
    for (const _ of times(5, String)) says(await ibanera.logIn(name, WRONG, '123456'), no.incorrect);
    saysLocked(await ibanera.logIn(name, WRONG, '123456'), 600);
    saysLocked(await ibanera.logIn(name.toUpperCase(), WRONG, '123456'), 600);
    for (const _ of times(5, String)) says(await ibanera.logIn('no name\0', WRONG, '123456'), no.incorrect);
    saysLocked(await ibanera.logIn('no name\0', WRONG, '123456'), 600);
  });

  // SEC-009
  test('are all that is evaluated of twenty at the same moment', async () => {
    const partner = await ibanera.partner();
    const before = ibanera.evaluations();
    const answers = await Promise.all(
      times(20, (index) => (index % 2 === 0 ? withWrongCode : withWrongPassword)(partner)),
    );
    assert.equal(ibanera.evaluations() - before, 5);
    assert.deepEqual(tally(answers), { 400: 20 });
    assert.equal(answers.filter(({ text }) => text.includes('Account_Locked')).length, 15);
  });

  // SEC-009
  test('leave no room for the right code among twenty at the same moment', async () => {
    const partner = await ibanera.partner();
    const guesses = times(20, () => withWrongCode(partner));
    const answers = await Promise.all([...guesses, withRight(partner)]);
    const right = answers.at(-1);
    // Whether it was among the five is the network's business; that no more than five were looked at is not.
    const evaluated = answers.filter(({ text }) => !text.includes('Account_Locked'));
    if (right?.status !== 200) assert.equal(evaluated.length, 5);
  });
});

describe('failures through several contracts', () => {
  // SEC-010
  test('count together, and lock in every contract’s own words', async () => {
    const partner = await ibanera.partner();
    const email = `${partner.username}@example.com`;
    const session = await fabricLogin(email, PASSWORD);
    assert.equal(session.status, 200, session.text);
    says(await withWrongCode(partner), no.incorrect);
    assert.equal((await fabricLogin(email, WRONG)).status, 401);
    says(await withWrongPassword(partner), no.incorrect);
    const change = { old_password: WRONG, new_password: 'x'.repeat(12), confirm_password: 'x'.repeat(12) };
    assert.equal((await fabric('password/change', change, session.body.access)).status, 400);
    assert.equal((await fabricLogin(partner.username, WRONG)).status, 401);

    saysLocked(await withRight(partner), 600);
    const there = await fabricLogin(email, PASSWORD);
    assert.deepEqual(
      [there.status, there.text, there.headers.get('retry-after')],
      [429, '{"detail":"Too many failed login attempts. Please try again later."}', '600'],
    );
    clock.advance(10 * MINUTE);
    tokensOf(await withRight(partner));
    assert.equal((await fabricLogin(email, PASSWORD)).status, 200);
  });

  // SEC-013
  test('take nothing from who is signed in; a reset ends the lock of the password alone', async () => {
    const partner = await ibanera.signedIn();
    for (const _ of times(5, String)) says(await withWrongPassword(partner), no.incorrect);
    assert.equal((await ibanera.me(partner.accessToken, ibanera.code(partner))).status, 200);
    tokensOf(await ibanera.refresh(partner.refreshToken));
    saysLocked(await withRight(partner), 600);
    await app.admin.setPassword({
      actor: operator,
      account: partner.account,
      password: PASSWORD,
      passwordPolicy: { minLength: 8 },
    });
    assert.equal((await fabricLogin(partner.username, PASSWORD)).status, 200);
    saysLocked(await withRight(partner), 600);
    clock.advance(10 * MINUTE);
    tokensOf(await withRight(partner));
  });
});

describe('failures at a contract that demands TOTP', () => {
  // SEC-015
  test('stay counted when the password alone signs in elsewhere: no more codes are evaluated', async () => {
    const partner = await ibanera.partner();
    let evaluated = 0;
    for (const _ of times(30, String)) {
      for (const __ of times(4, String)) {
        const answer = await withWrongCode(partner);
        if (!answer.text.includes('Account_Locked')) evaluated += 1;
      }
      assert.equal((await fabricLogin(partner.username, PASSWORD)).status, 200);
    }
    assert.equal(evaluated, 5);
    saysLocked(await withRight(partner), 600);
    clock.advance(10 * MINUTE);
    tokensOf(await withRight(partner));
    for (const _ of times(4, String)) says(await withWrongCode(partner), no.incorrect);
    clock.advance(STEP);
    tokensOf(await withRight(partner));
  });

  // SEC-014
  test('a hundred without a success switch it off until TOTP is enrolled again; the owner is notified', async () => {
    const partner = await ibanera.partner();
    const email = `${partner.username}@example.com`;
    for (const _ of times(20, String)) {
      for (const __ of times(4, String)) says(await withWrongCode(partner), no.incorrect);
      assert.equal((await fabricLogin(email, PASSWORD)).status, 200);
      says(await withWrongCode(partner), no.incorrect);
      saysLocked(await withRight(partner), 600);
      clock.advance(10 * MINUTE);
      assert.equal((await fabricLogin(email, PASSWORD)).status, 200);
    }
    clock.advance(24 * 60 * MINUTE);
    saysLocked(await withRight(partner), 600);
    const subjects = (await ibanera.server.messages(email)).map(({ subject }) => subject);
    assert.deepEqual(subjects, ['Sign-in with an authenticator code is off for your Latchkey account']);
    await app.admin.setPassword({
      actor: operator,
      account: partner.account,
      password: PASSWORD,
      passwordPolicy: { minLength: 8 },
    });
    saysLocked(await withRight(partner), 600);
    const { secret } = await app.admin.enrollTotp({ actor: operator, account: partner.account });
    tokensOf(await withRight({ ...partner, secret }));
  });
});

test('right credentials that open nothing are no guesses', async () => {
  const { username } = await ibanera.account();
  for (const _ of times(8, String)) says(await ibanera.logIn(username, PASSWORD, '123456'), no.notVerified);
});

describe('LATCHKEY_REQUIRE_TOTP', () => {
  const password = { identifier: '', password: PASSWORD };
  const wrong = '{"error_code":"4005","detail":{"password":"incorrect password."}}';

  // SEC-029
  test('off: who has TOTP still signs in where the contract knows none', async () => {
    const partner = await ibanera.partner();
    const answer = await fabric('login/basic', { ...password, identifier: partner.username });
    assert.equal(answer.status, 200);
  });

  // SEC-029
  test('enrolled: who has TOTP is refused there like a wrong password, and counted', async () => {
    const strict = await start({ env: { LATCHKEY_REQUIRE_TOTP: 'enrolled' } });
    const url = `${strict.server.url}/api/v1/auth/login/basic`;
    const partner = await strict.partner();
    const other = await strict.account();
    const logIn = (identifier: string, secret = PASSWORD) =>
      send(url, { json: { identifier, password: secret } });
    for (const secret of [PASSWORD, WRONG, PASSWORD, WRONG, PASSWORD]) {
      const answer = await logIn(partner.username, secret);
      assert.deepEqual([answer.status, answer.text], [401, wrong]);
    }
    assert.equal((await logIn(partner.username)).status, 429);
    assert.equal((await logIn(other.username ?? '')).status, 200);
    strict.server.clock.advance(10 * MINUTE);
    tokensOf(await strict.logIn(partner.username, PASSWORD, strict.code(partner)));
  });

  // SEC-029
  test('enrolled: a one-time code is not enough either, and is answered like a wrong one', async () => {
    const strict = await start({ env: { LATCHKEY_REQUIRE_TOTP: 'enrolled' } });
    const at = (path: string, json: object) => send(`${strict.server.url}/api/v1/auth/${path}`, { json });
    const partner = await strict.partner();
    const other = await strict.account();
    for (const [account, expected] of [
      [partner.account, [400, '{"error_code":"4010","detail":{"code":"invalid otp"}}']],
      [other, [200]],
    ] as const) {
      const identifier = account.email ?? '';
      assert.equal((await at('login/passwordless', { identifier })).status, 200);
      const [message] = await strict.server.messages(identifier);
      const answer = await at('login/passwordless/confirm', { identifier, code: message?.code });
      assert.deepEqual([answer.status, answer.text].slice(0, expected.length), expected);
    }
  });
});
