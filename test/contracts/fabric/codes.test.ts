import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { WireAnswer } from '../../support/wire.ts';
import {
  done,
  type Expected,
  MINUTE,
  no,
  OTHER_PASSWORD,
  otherThan,
  PASSWORD,
  says,
  start,
  times,
  tokensOf,
} from './driver.ts';

const fabric = await start();

/** One thing that a code is good for. */
interface Purpose {
  /** Sends a fresh code to the address. */
  issue(to: string): Promise<WireAnswer>;
  redeem(to: string, code: unknown): Promise<WireAnswer>;
  /** What the right code is answered; tokens are checked by their shape. */
  readonly success: Expected | 'tokens';
}

const byCode = (path: string) => (identifier: string, code: unknown) =>
  fabric.post(path, { identifier, code });

/** Somebody who asks for every address of these tests in turn. */
const mover = await fabric.member();
const { access: moverAccess } = await fabric.enter(mover.email);

const purposes: Record<string, Purpose> = {
  'sign-up': {
    issue: (identifier) => fabric.post('signup/otp/resend/', { identifier }),
    redeem: byCode('signup/confirm/'),
    success: done('Sign up success'),
  },
  'passwordless sign-in': {
    issue: (identifier) => fabric.post('login/passwordless/', { identifier }),
    redeem: byCode('login/passwordless/confirm/'),
    success: 'tokens',
  },
  'password reset': {
    issue: (identifier) => fabric.post('password/reset/', { identifier }),
    redeem: (identifier, code) =>
      fabric.post('password/reset/confirm/', {
        identifier,
        code,
        new_password: OTHER_PASSWORD,
        confirm_password: OTHER_PASSWORD,
      }),
    success: done('Password has been reset successfully.'),
  },
  'e-mail change': {
    issue: (identifier) => fabric.changeEmail(moverAccess, identifier),
    redeem: byCode('email/change/confirm/'),
    success: done('Email has been changed successfully.'),
  },
};

/** An address that a code for any purpose can be sent to: a sign-up that nobody confirmed. */
const address = async (): Promise<string> => (await fabric.unconfirmed()).email;

async function issued({ issue }: Purpose, to: string): Promise<string> {
  const answer = await issue(to);
  assert.equal(answer.status, 200, answer.text);
  return fabric.code(to);
}

function succeeded({ success }: Purpose, answer: WireAnswer): void {
  if (success === 'tokens') tokensOf(answer);
  else says(answer, success);
}

for (const [name, purpose] of Object.entries(purposes)) {
  describe(`a code for ${name}`, () => {
    // SEC-017
    test('survives four wrong tries and not five; its death looks like any wrong code', async () => {
      const to = await address();
      const dead = await issued(purpose, to);
      for (const _ of times(5, String)) says(await purpose.redeem(to, otherThan(dead)), no.wrongCode);
      says(await purpose.redeem(to, dead), no.wrongCode);
      const alive = await issued(purpose, to);
      for (const _ of times(4, String)) says(await purpose.redeem(to, otherThan(alive)), no.wrongCode);
      succeeded(purpose, await purpose.redeem(to, alive));
      says(await purpose.redeem(to, alive), no.wrongCode);
    });

    // SEC-022
    test('is what was issued for it and nothing else: the codes for other purposes are wrong ones, and count', async () => {
      const to = await address();
      const foreign: string[] = [];
      for (const other of Object.values(purposes)) {
        if (other !== purpose) foreign.push(await issued(other, to));
      }
      const own = await issued(purpose, to);
      assert.equal(foreign.length, 3);
      for (const code of [...foreign, ...foreign.slice(0, 2)]) {
        says(await purpose.redeem(to, code), no.wrongCode);
      }
      says(await purpose.redeem(to, own), no.wrongCode);
    });

    // SEC-026
    test('is a text or an integer, and nothing is consumed by anything else', async () => {
      const to = await address();
      const code = await issued(purpose, to);
      const tooLong = 'Ensure this field has no more than 100 characters.';
      for (const [given, error, said] of [
        [Number(code) + 0.5, 'invalid', 'Not a valid string.'],
        [[code], 'invalid', 'Not a valid string.'],
        [{ $gt: '' }, 'invalid', 'Not a valid string.'],
        [{ toString: code }, 'invalid', 'Not a valid string.'],
        [true, 'invalid', 'Not a valid string.'],
        [`${code}\0`, 'invalid', 'Not a valid string.'],
        ['', 'blank', 'This field may not be blank.'],
        [null, 'null', 'This field may not be null.'],
        [code.repeat(1_700), 'max_length', tooLong],
        ['x'.repeat(101), 'max_length', tooLong],
      ] as const) {
        says(await purpose.redeem(to, given), no.fields(400, error, { code: said }));
      }
      for (const given of [`${code}\nX`, code.slice(1), `0${code}`, `${code},${code}`]) {
        says(await purpose.redeem(to, given), no.wrongCode);
      }
      succeeded(purpose, await purpose.redeem(to, Number(code)));
    });

    test('is right however it was pasted or typed, and costs no try', async () => {
      const digitsFrom = (zero: number) => (code: string) =>
        [...code].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
      for (const write of [
        (code: string) => `${code}\r\n`,
        (code: string) => `\u00a0${code.slice(0, 3)} ${code.slice(3)}`,
        (code: string) => `${code.slice(0, 3)}\u2011${code.slice(3)}`,
        (code: string) => `\u202a${code}\u202c\u200b`,
        digitsFrom(0xff10),
        digitsFrom(0x660),
      ]) {
        const to = await address();
        const code = await issued(purpose, to);
        for (const _ of times(4, String)) says(await purpose.redeem(to, otherThan(code)), no.wrongCode);
        succeeded(purpose, await purpose.redeem(to, write(code)));
      }
    });
  });
}

describe('a code', () => {
  test('of one account is wrong at another one, and hurts nobody else', async () => {
    const [one, other] = [fabric.email(), fabric.email()];
    for (const email of [one, other]) await fabric.account({ email });
    const { 'passwordless sign-in': signIn } = purposes;
    assert.ok(signIn);
    const [first, second] = [await issued(signIn, one), await issued(signIn, other)];
    for (const _ of times(5, String)) says(await signIn.redeem(other, first), no.wrongCode);
    says(await signIn.redeem(other, second), no.wrongCode);
    tokensOf(await signIn.redeem(one, first));
  });

  // SEC-025
  test('keeps its leading zeros', async (t) => {
    const email = fabric.email();
    await fabric.account({ email });
    t.mock.method(fabric.server.app.core.random, 'int', () => 42);
    await fabric.post('login/passwordless/', { identifier: email });
    assert.equal(await fabric.code(email), '000042');
    const confirm = (code: unknown) =>
      fabric.post('login/passwordless/confirm/', { identifier: email, code });
    says(await confirm('42'), no.wrongCode);
    tokensOf(await confirm('000042'));
  });

  // SEC-013
  test('of a link outlives every wrong one, of whatever form, and so does the code beside it all but codes', async () => {
    const email = fabric.email();
    await fabric.account({ email });
    const ask = (type: string) =>
      fabric.post('login/passwordless/', { identifier: email, verification_type: type });
    const confirm = (code: unknown) =>
      fabric.post('login/passwordless/confirm/', { identifier: email, code });
    await ask('link');
    const token = await fabric.linkToken(email);
    for (const wrong of ['000000', '123456', `${token}=`, token.toLowerCase(), 'x']) {
      says(await confirm(wrong), no.wrongCode);
    }
    await ask('otp');
    const code = await fabric.code(email);
    for (const wrong of times(10, (index) => `x${index}`)) says(await confirm(wrong), no.wrongCode);
    tokensOf(await confirm(code));
    await ask('link');
    const fresh = await fabric.linkToken(email);
    await ask('otp');
    for (const _ of times(6, String)) says(await confirm(otherThan(await fabric.code(email))), no.wrongCode);
    tokensOf(await confirm(fresh));
  });
});

// SEC-028: whoever signs up first with somebody else's address gets nothing out of it.
describe('an attacker who signed up with the address of a victim', () => {
  test('is shut out when the victim signs up', async () => {
    const attacker = await fabric.pending();
    const victim = await fabric.pending(attacker.email, OTHER_PASSWORD);
    says(
      await fabric.post('signup/confirm/', { identifier: victim.email, code: attacker.code }),
      no.wrongCode,
    );
    says(
      await fabric.post('signup/confirm/', { identifier: victim.email, code: victim.code }),
      done('Sign up success'),
    );
    says(await fabric.logIn(victim.email, PASSWORD), no.wrongPassword);
    await fabric.session(victim.email, OTHER_PASSWORD);
  });

  test('is shut out when the victim signs in by code', async () => {
    const { email, code } = await fabric.pending();
    await fabric.post('password/reset/', { identifier: email });
    const recovery = await fabric.code(email);
    await fabric.enter(email);
    says(await fabric.logIn(email, PASSWORD), no.passwordless);
    says(await fabric.post('signup/confirm/', { identifier: email, code }), no.wrongCode);
    says(await fabric.resetWith(email, recovery), no.wrongCode);
  });

  test('is shut out when the victim resets the password', async () => {
    const { email, code } = await fabric.pending();
    await fabric.post('login/passwordless/', { identifier: email });
    const signIn = await fabric.code(email);
    await fabric.post('password/reset/', { identifier: email });
    says(
      await fabric.resetWith(email, await fabric.code(email)),
      done('Password has been reset successfully.'),
    );
    says(await fabric.logIn(email, PASSWORD), no.wrongPassword);
    says(await fabric.post('signup/confirm/', { identifier: email, code }), no.wrongCode);
    says(await fabric.post('login/passwordless/confirm/', { identifier: email, code: signIn }), no.wrongCode);
    await fabric.session(email, OTHER_PASSWORD);
  });

  test('is shut out when the victim confirms an account that was made to be used at once', async () => {
    const email = fabric.email();
    const { storage } = fabric.server.app;
    const account = await fabric.account({ email, password: PASSWORD, isVerified: false });
    const now = fabric.server.clock.now();
    const [id, { id: accountId, epoch }] = [randomUUID(), account];
    const expiresAt = now + MINUTE;
    const proof = { authenticatedAt: now, methods: ['pwd'] };
    const session = { id, accountId, epoch, contract: 'vibemobi', createdAt: now, expiresAt, ...proof };
    await storage.sessions.create(session);
    await fabric.post('signup/otp/resend/', { identifier: email });
    const code = await fabric.code(email);
    says(await fabric.post('signup/confirm/', { identifier: email, code }), done('Sign up success'));
    assert.equal(await storage.sessions.findLive(id, now), undefined);
    says(await fabric.logIn(email, PASSWORD), no.passwordless);
  });

  test('is not met in an account that they have proved by another address of theirs', async () => {
    const email = fabric.email();
    const { storage } = fabric.server.app;
    const { id } = await fabric.account({ phone: fabric.phone(), password: PASSWORD });
    assert.equal(
      await storage.accounts.changeEmail(id, { kind: 'email', value: email, key: email }, null),
      'changed',
    );
    for (const path of ['login/passwordless/', 'password/reset/']) {
      says(await fabric.post(path, { identifier: email }), no.unknown);
    }
  });

  test('at another door, too: sessions that were opened before the proof end with it', async () => {
    const email = fabric.email();
    const { storage } = fabric.server.app;
    const account = await fabric.account({ email, password: PASSWORD, isVerified: false });
    says(await fabric.logIn(email), no.unverified);
    const now = fabric.server.clock.now();
    const [id, { id: accountId, epoch }] = [randomUUID(), account];
    const expiresAt = now + MINUTE;
    const proof = { authenticatedAt: now, methods: ['pwd'] };
    const session = { id, accountId, epoch, contract: 'notes', createdAt: now, expiresAt, ...proof };
    await storage.sessions.create(session);
    assert.ok(await storage.sessions.findLive(id, now));
    await fabric.enter(email);
    assert.equal(await storage.sessions.findLive(id, now), undefined);
    says(await fabric.logIn(email), no.passwordless);
  });
});
