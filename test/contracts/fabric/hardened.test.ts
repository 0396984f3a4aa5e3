import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import type { WireAnswer } from '../../support/wire.ts';
import {
  assertAlike,
  done,
  MINUTE,
  no,
  OTHER_PASSWORD,
  otherThan,
  PASSWORD,
  SHORT_PASSWORD,
  says,
  start,
  times,
  tokensOf,
} from './driver.ts';

const env = {
  LATCHKEY_ENUMERATION: 'hardened',
  LATCHKEY_RATE_LIMITS: 'on',
  LATCHKEY_TRUST_PROXY: '127.0.0.1/32',
};
const fabric = await start({ env });
const { clock, app } = fabric.server;
const sent = done('otp sent via email.');

let clients = 0;

/** Each request comes from somewhere else: limits of an identifier are left, those of an address are not. */
function post(path: string, json: unknown, bearer?: string): Promise<WireAnswer> {
  clients += 1;
  const headers = { 'x-forwarded-for': `100.${clients >> 8}.${clients & 255}.1` };
  return fabric.post(path, json, { headers, ...(bearer !== undefined && { bearer }) });
}

const logIn = (identifier: string, password = 'not the password') =>
  post('login/basic/', { identifier, password });
const newPassword = { new_password: OTHER_PASSWORD, confirm_password: OTHER_PASSWORD };

/** Everything that an account can be, by a name; a fresh one each. */
const states = {
  'nobody at all': async () => fabric.email(),
  'a usual account': async () => {
    const email = fabric.email();
    await fabric.account({ email, password: PASSWORD });
    return email;
  },
  'an account without a password': async () => {
    const email = fabric.email();
    await fabric.account({ email });
    return email;
  },
  'a sign-up that nobody confirmed': async () => (await fabric.unconfirmed()).email,
  'an account that nobody verified': async () => {
    const email = fabric.email();
    await fabric.account({ email, password: PASSWORD, isVerified: false });
    return email;
  },
  'an account that is switched off': async () => {
    const email = fabric.email();
    const account = await fabric.account({ email, password: PASSWORD });
    await app.admin.disableAccount({ actor: operator, account });
    return email;
  },
};
const everybody = Object.entries(states);

/** Work that only time could tell: passwords hashed or compared, messages sealed. */
const work = { hashes: 0, messages: 0 };
const { passwords, outbox } = app.core;
const [hash, entry] = [passwords.hash.bind(passwords), outbox.entry.bind(outbox)];
passwords.hash = (password) => {
  work.hashes += 1;
  return hash(password);
};
outbox.entry = (message) => {
  work.messages += 1;
  return entry(message);
};

async function costOf(act: () => Promise<WireAnswer>) {
  const before = { ...work, evaluations: fabric.evaluations() };
  const answer = await act();
  const cost = {
    evaluations: fabric.evaluations() - before.evaluations,
    hashes: work.hashes - before.hashes,
    messages: work.messages - before.messages,
  };
  return { answer, cost };
}

/** Nobody can tell whose answer is whose: bytes, headers and work. */
async function assertAllAlike(act: (identifier: string) => Promise<WireAnswer>): Promise<WireAnswer> {
  let first: Awaited<ReturnType<typeof costOf>> | undefined;
  for (const [state, create] of everybody) {
    const identifier = await create();
    const seen = await costOf(() => act(identifier));
    first ??= seen;
    assertAlike(first.answer, seen.answer, state);
    assert.deepEqual({ state, ...seen.cost }, { state, ...first.cost });
  }
  assert.ok(first);
  return first.answer;
}

// SEC-001, SEC-005, SEC-006
describe('nobody can tell from an answer who has an account:', () => {
  test('1. signing up', async () => {
    says(
      await assertAllAlike((identifier) => post('signup/', { identifier, password: OTHER_PASSWORD })),
      sent,
    );
  });

  test('2. asking for the sign-up message again', async () => {
    says(await assertAllAlike((identifier) => post('signup/otp/resend/', { identifier })), sent);
  });

  test('3. confirming a sign-up', async () => {
    const confirm = (identifier: string) => post('signup/confirm/', { identifier, code: 'x' });
    says(await assertAllAlike(confirm), no.wrongCode);
  });

  test('4. signing in with a wrong password', async () => {
    says(await assertAllAlike((identifier) => logIn(identifier)), no.wrongPassword);
    for (const stranger of ['nobody', '+491719999999']) says(await logIn(stranger), no.wrongPassword);
  });

  test('7. asking for a sign-in message', async () => {
    says(await assertAllAlike((identifier) => post('login/passwordless/', { identifier })), sent);
  });

  test('8. signing in with a wrong code', async () => {
    const confirm = (identifier: string) => post('login/passwordless/confirm/', { identifier, code: 'x' });
    says(await assertAllAlike(confirm), no.wrongCode);
  });

  test('9. asking for a new password', async () => {
    says(await assertAllAlike((identifier) => post('password/reset/', { identifier })), sent);
  });

  test('10. setting a new password with a wrong code', async () => {
    const confirm = (identifier: string) =>
      post('password/reset/confirm/', { identifier, code: 'x', ...newPassword });
    says(await assertAllAlike(confirm), no.wrongCode);
  });

  test('13. confirming another address', async () => {
    const confirm = (identifier: string) => post('email/change/confirm/', { identifier, code: 'x' });
    says(await assertAllAlike(confirm), no.wrongCode);
  });

  test('and neither from a code that is expired, was used, or was sent for something else', async () => {
    for (const [ask, confirm, more] of [
      ['login/passwordless/', 'login/passwordless/confirm/', {}],
      ['password/reset/', 'password/reset/confirm/', newPassword],
      ['signup/otp/resend/', 'signup/confirm/', {}],
    ] as const) {
      const unknown = await post(confirm, { identifier: fabric.email(), code: '123456', ...more });
      const [late, spent] = [fabric.email(), fabric.email()];
      const codes = [];
      for (const email of [late, spent]) {
        await fabric.unconfirmed(email);
        await post(ask, { identifier: email });
        codes.push(await fabric.code(email));
      }
      const right = { identifier: spent, code: codes[1], ...more };
      assert.equal((await post(confirm, right)).status, 200);
      assertAlike(await post(confirm, right), unknown);
      await post('login/passwordless/', { identifier: spent });
      const foreign = await fabric.code(spent);
      if (ask !== 'login/passwordless/')
        assertAlike(await post(confirm, { ...right, code: foreign }), unknown);
      clock.advance(3 * MINUTE);
      assertAlike(await post(confirm, { identifier: late, code: codes[0], ...more }), unknown);
    }
  });

  test('nor from the kind of message that was asked for', async () => {
    for (const path of ['signup/otp/resend/', 'login/passwordless/', 'password/reset/']) {
      const body = { verification_type: 'link' };
      const answer = await assertAllAlike((identifier) => post(path, { identifier, ...body }));
      says(answer, done('link sent via email.'));
    }
  });
});

// SEC-007
describe('nobody can tell from a limit who has an account:', () => {
  test('five wrong passwords lock whoever was typed, for the same time', async () => {
    const answers = [];
    for (const [, create] of everybody) {
      const identifier = await create();
      const guesses = await Promise.all(times(5, () => logIn(identifier)));
      for (const guess of guesses) says(guess, no.wrongPassword);
      const { answer, cost } = await costOf(() => logIn(identifier));
      assert.deepEqual(cost, { evaluations: 0, hashes: 0, messages: 0 });
      answers.push(answer);
    }
    const stranger = fabric.email('nobody');
    for (const spelling of [stranger, ` ${stranger}`, stranger.toUpperCase(), stranger, `${stranger}\t`]) {
      says(await logIn(spelling), no.wrongPassword);
    }
    answers.push(await logIn(stranger.replace('@', '\uff20')));
    const [first, ...others] = answers;
    assert.ok(first);
    says(first, no.locked);
    assert.equal(first.headers.get('retry-after'), '600');
    for (const answer of others) assertAlike(first, answer);
  });

  test('a locked account is sent messages like any other', async () => {
    const identifier = await states['a usual account']();
    for (const _ of times(5, String)) says(await logIn(identifier), no.wrongPassword);
    const stranger = fabric.email();
    for (const path of ['login/passwordless/', 'password/reset/', 'signup/otp/resend/']) {
      assertAlike(await post(path, { identifier }), await post(path, { identifier: stranger }));
    }
    for (const path of ['login/passwordless/confirm/', 'signup/confirm/']) {
      const code = { code: 'x' };
      assertAlike(
        await post(path, { identifier, ...code }),
        await post(path, { identifier: stranger, ...code }),
      );
    }
  });

  test('ten messages an hour, and ten wrong codes', async () => {
    for (const state of ['nobody at all', 'a usual account'] as const) {
      const identifier = await states[state]();
      const ask = () => post('login/passwordless/', { identifier });
      // No six digits are wrong twice in a row but these two, and neither is right twice.
      const confirm = (turn: number) =>
        post('login/passwordless/confirm/', { identifier, code: turn % 2 === 0 ? '000000' : '000001' });
      for (const turn of times(20, Number)) says(await confirm(turn), no.wrongCode);
      for (const _ of [1, 2]) {
        says(await ask(), sent);
        for (const turn of times(5, Number)) says(await confirm(turn), no.wrongCode);
        says(await confirm(0), no.wrongCode);
      }
      for (const _ of times(8, String)) says(await ask(), sent);
      says(await confirm(0), no.limited(3_600));
      says(await ask(), no.limited(3_600));
      says(await post('password/reset/', { identifier }), no.limited(3_600));
    }
  });
});

describe('what people get in their mailbox', () => {
  test('a stranger gets nothing, whoever asks for what', async () => {
    const stranger = fabric.email();
    for (const path of ['signup/otp/resend/', 'login/passwordless/', 'password/reset/']) {
      says(await post(path, { identifier: stranger }), sent);
    }
    assert.deepEqual(await fabric.server.messages(stranger), []);
  });

  test('the owner of an account hears that somebody signed up as them, and their account is untouched', async () => {
    for (const path of ['signup/', 'signup/otp/resend/']) {
      const email = await states['a usual account']();
      says(await post(path, { identifier: email, password: OTHER_PASSWORD }), sent);
      const messages = await fabric.server.messages(email);
      assert.deepEqual(
        messages.map(({ subject, code, link }) => [subject, code, link]),
        [['You already have an account at Latchkey', undefined, undefined]],
      );
      says(await logIn(email, OTHER_PASSWORD), no.wrongPassword);
      tokensOf(await logIn(email, PASSWORD));
    }
  });

  test('whoever has an account gets working codes, as ever', async () => {
    const email = fabric.email();
    says(await post('signup/', { identifier: email, password: PASSWORD }), sent);
    const code = await fabric.code(email);
    says(await post('signup/confirm/', { identifier: email, code }), done('Sign up success'));
    tokensOf(await logIn(email, PASSWORD));
    says(await post('login/passwordless/', { identifier: email }), sent);
    const signIn = { identifier: email, code: await fabric.code(email) };
    tokensOf(await post('login/passwordless/confirm/', signIn));
    says(await post('password/reset/', { identifier: email }), sent);
    const reset = { identifier: email, code: await fabric.code(email), ...newPassword };
    says(await post('password/reset/confirm/', reset), done('Password has been reset successfully.'));
    tokensOf(await logIn(email, OTHER_PASSWORD));
  });
});

describe('changing the e-mail address', () => {
  async function signedIn() {
    const email = await states['a usual account']();
    const { access } = tokensOf(await logIn(email, PASSWORD));
    const ask = (to: string) => post('email/change/', { new_email: to, current_password: PASSWORD }, access);
    return { email, access, ask };
  }

  test('to one that is taken looks like any other; its owner hears of it, and no code moves anything', async () => {
    const { access, email, ask } = await signedIn();
    const [free, taken] = [fabric.email(), await states['a usual account']()];
    const one = await costOf(() => ask(free));
    const other = await costOf(() => ask(taken));
    says(one.answer, done('otp has been sent to the email.'));
    assertAlike(one.answer, other.answer);
    const messages = await fabric.server.messages(taken);
    assert.deepEqual(
      messages.map(({ subject, code, link }) => [subject, code, link]),
      [['You already have an account at Latchkey', undefined, undefined]],
    );
    const body = { identifier: taken, code: await fabric.code(free) };
    says(await post('email/change/confirm/', body), no.wrongCode);
    assert.equal((await fabric.me(access)).body.email, email);
  });

  test('is announced at the old address whether the new one is taken or free', async () => {
    const [one, other] = [await signedIn(), await signedIn()];
    await one.ask(fabric.email());
    await other.ask(await states['a usual account']());
    const notices = async ({ email }: { email: string }) => (await fabric.server.messages(email)).length;
    assert.equal(await notices(other), await notices(one));
  });

  test('to one that somebody registered meanwhile fails like a wrong code', async () => {
    const { ask } = await signedIn();
    const to = fabric.email();
    says(await ask(to), done('otp has been sent to the email.'));
    const code = await fabric.code(to);
    await fabric.account({ email: to });
    says(await post('email/change/confirm/', { identifier: to, code: otherThan(code) }), no.wrongCode);
    says(await post('email/change/confirm/', { identifier: to, code }), no.wrongCode);
  });
});

// SEC-001, SEC-005, SEC-007
describe('whoever signs up for an address learns nothing of it afterwards', () => {
  test('by signing in with the password that they set', async () => {
    const free = fabric.email();
    const taken = await states['a usual account']();
    for (const identifier of [free, taken]) {
      says(await post('signup/', { identifier, password: OTHER_PASSWORD }), sent);
      for (const _ of [1, 2, 3, 4, 5]) says(await logIn(identifier, OTHER_PASSWORD), no.wrongPassword);
      assert.equal((await logIn(identifier, OTHER_PASSWORD)).status, 429);
    }
  });

  test('by seeing whether the sign-up started a lock anew', async () => {
    const free = fabric.email();
    const taken = await states['a usual account']();
    for (const identifier of [free, taken]) {
      for (const _ of [1, 2, 3, 4, 5]) says(await logIn(identifier, OTHER_PASSWORD), no.wrongPassword);
      says(await post('signup/', { identifier, password: OTHER_PASSWORD }), sent);
      assert.equal((await logIn(identifier, OTHER_PASSWORD)).status, 429);
    }
  });
});

// SEC-005
test('a request to move elsewhere kills the one before, whether the address is taken or free', async () => {
  for (const elsewhere of [fabric.email(), await states['a usual account']()]) {
    const { access } = await fabric.enter((await fabric.member()).email);
    const mine = fabric.email();
    says(await fabric.changeEmail(access, mine), done('otp has been sent to the email.'));
    const code = await fabric.code(mine);
    says(await fabric.changeEmail(access, elsewhere), done('otp has been sent to the email.'));
    says(await post('email/change/confirm/', { identifier: mine, code }), no.wrongCode);
  }
});

describe('what stays as documented, because it tells nothing', () => {
  test('fields, format and strength', async () => {
    says(await post('signup/', {}), no.missing('identifier', 'password'));
    says(await post('signup/', { identifier: 'ada', password: PASSWORD }), no.badEmail());
    says(
      await post('signup/', { identifier: fabric.email(), password: SHORT_PASSWORD }),
      no.tooShort('password'),
    );
    says(await post('login/basic/', { identifier: 'ada@', password: PASSWORD }), no.badEmail());
  });

  test('the state of an account, to whoever knows its password', async () => {
    says(await logIn(await states['an account that is switched off'](), PASSWORD), no.disabled);
  });

  test('a taken address can still not be signed up for', async () => {
    const email = await states['a usual account']();
    says(await post('signup/', { identifier: email, password: OTHER_PASSWORD }), sent);
    says(await post('signup/confirm/', { identifier: email, code: '000000' }), no.wrongCode);
    tokensOf(await logIn(email, PASSWORD));
  });
});
