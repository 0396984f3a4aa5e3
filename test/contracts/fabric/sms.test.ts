import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { failAttempt } from '../../../src/storage/conformance/fixture.ts';
import { HttpSink } from '../../delivery/http-sink.ts';
import { done, no, OTHER_PASSWORD, otherThan, PASSWORD, says, start, times, tokensOf } from './driver.ts';

const gateway = await HttpSink.start();
const fabric = await start({ env: { LATCHKEY_SMS_URL: `http://${gateway.host}/send` } });
after(() => gateway.close());

const bySms = { method: 'sms' };

/** The texts that the gateway was asked to send to a number, newest last. */
async function texts(to: string): Promise<string[]> {
  await fabric.server.delivered();
  return gateway.received
    .map(({ body }) => JSON.parse(body))
    .filter((sms) => sms.to === to)
    .map((sms) => sms.text);
}

async function code(to: string): Promise<string> {
  const [digits = ''] = /^\d{6}/.exec((await texts(to)).at(-1) ?? '') ?? [];
  assert.match(digits, /^\d{6}$/);
  return digits;
}

describe('by SMS', () => {
  test('people sign up, confirm and sign in with a phone number', async () => {
    const phone = fabric.phone();
    says(await fabric.signUp(phone, PASSWORD, bySms), done('otp sent via sms.'));
    const digits = await code(phone);
    assert.deepEqual(await texts(phone), [
      `${digits} is your Latchkey code to finish signing up. It works for 3 minutes. Do not share it.`,
    ]);
    says(await fabric.logIn(phone), no.unverified);
    says(await fabric.post('signup/confirm/', { identifier: phone, code: digits }), done('Sign up success'));
    const { access } = await fabric.session(phone);
    assert.equal((await fabric.me(access)).body.email, null);
  });

  test('every message endpoint sends to the phone, and names what it sent', async () => {
    const phone = fabric.phone();
    says(await fabric.signUp(phone, PASSWORD, bySms), done('otp sent via sms.'));
    for (const path of ['signup/otp/resend/', 'login/passwordless/', 'password/reset/']) {
      for (const [type, message] of [
        ['otp', 'otp sent via sms.'],
        ['link', 'link sent via sms.'],
      ]) {
        const before = (await texts(phone)).length;
        const body = { identifier: phone, verification_type: type, ...bySms };
        says(await fabric.post(path, body), done(message ?? ''));
        const sent = await texts(phone);
        assert.equal(sent.length, before + 1);
        assert.match(
          sent.at(-1) ?? '',
          type === 'otp' ? /^\d{6} / : / http:\/\/127\.0\.0\.1:8000\/[a-z-]+\/verify\?\S+$/,
        );
      }
    }
    assert.deepEqual(await fabric.server.messages(), []);
  });

  test('a link in a text works like any other', async () => {
    const phone = fabric.phone();
    await fabric.account({ phone });
    await fabric.post('login/passwordless/', { identifier: phone, verification_type: 'link', ...bySms });
    const [link = ''] = /https?:\S+$/.exec((await texts(phone)).at(-1) ?? '') ?? [];
    const { searchParams } = new URL(link);
    assert.equal(searchParams.get('identifier'), phone);
    const token = searchParams.get('code');
    tokensOf(await fabric.post('login/passwordless/confirm/', { identifier: phone, code: token }));
  });

  test('people sign in without a password, and reset the one they have', async () => {
    const phone = fabric.phone();
    await fabric.account({ phone, password: PASSWORD });
    await fabric.post('login/passwordless/', { identifier: phone, ...bySms });
    const { access } = tokensOf(
      await fabric.post('login/passwordless/confirm/', { identifier: phone, code: await code(phone) }),
    );
    await fabric.post('password/reset/', { identifier: phone, ...bySms });
    const digits = await code(phone);
    says(await fabric.resetWith(phone, otherThan(digits)), no.wrongCode);
    says(await fabric.resetWith(phone, digits), done('Password has been reset successfully.'));
    says(await fabric.me(access), no.badToken);
    await fabric.session(phone, OTHER_PASSWORD);
  });

  test('a password like the number is refused', async () => {
    const phone = fabric.phone();
    says(await fabric.signUp(phone, phone, bySms), no.similar('password'));
    says(await fabric.signUp(phone, `${phone}x`, bySms), no.similar('password'));
  });
});

describe('when too many messages wait', () => {
  test('no endpoint takes one more, whoever it is for; nothing is begun', async (t) => {
    const stuck = await HttpSink.start();
    t.after(() => stuck.close());
    stuck.answer = { status: 503 };
    const env = { LATCHKEY_SMS_URL: `http://${stuck.host}/send`, LATCHKEY_OUTBOX_LIMIT: '1' };
    const busy = await start({ env });
    const email = busy.email();
    await busy.account({ email, password: PASSWORD });
    const { access } = await busy.enter(email);
    says(await busy.signUp(busy.phone(), PASSWORD, bySms), done('otp sent via sms.'));
    await busy.server.delivered();
    const stranger = busy.email();
    for (const answer of [
      await busy.signUp(stranger),
      await busy.post('signup/otp/resend/', { identifier: stranger }),
      await busy.post('login/passwordless/', { identifier: stranger }),
      await busy.post('login/passwordless/', { identifier: email }),
      await busy.post('password/reset/', { identifier: email }),
      await busy.changeEmail(access, stranger),
    ]) {
      says(answer, no.text(503, 'Service temporarily unavailable. Please try again later.'));
      assert.equal(answer.headers.get('retry-after'), '60');
    }
    says(await busy.logIn(stranger), no.unknownAtLogin);
    assert.equal((await busy.me(access)).status, 200);
  });
});

describe('a phone number', () => {
  test('is one number in all its spellings, and the text goes to the plain one', async () => {
    const phone = '+4917155500001';
    says(await fabric.signUp('+49 (171) 555-00001', PASSWORD, bySms), done('otp sent via sms.'));
    const digits = await code(phone);
    const confirm = { identifier: ' +49-171-555 00001', code: digits };
    says(await fabric.post('signup/confirm/', confirm), done('Sign up success'));
    says(await fabric.signUp('+49 171 555 00001', OTHER_PASSWORD, bySms), no.taken);
    says(await fabric.signUp('\uff0b49 171 555 00001', OTHER_PASSWORD, bySms), no.taken);
    await fabric.session('+49 171 55500001');
    assert.equal((await texts(phone)).length, 1);
  });

  test('that is none is refused in the words for phone numbers', async () => {
    for (const identifier of [
      fabric.email(),
      'ada',
      '4917112345678',
      '004917112345678',
      '+49',
      '+491',
      '+49171123456789012345',
      '+49171x1234567',
      '+49 171 1234567 ext. 5',
      '++4917112345678',
      '+49,171,1234567',
    ]) {
      says(await fabric.signUp(identifier, 'x', bySms), no.badPhone);
      says(await fabric.post('login/passwordless/', { identifier, ...bySms }), no.badPhone);
    }
  });

  test('goes with sms only: without the method it would have to be an address', async () => {
    const phone = fabric.phone();
    await fabric.account({ phone });
    for (const more of [{}, { method: 'email' }]) {
      for (const path of ['signup/otp/resend/', 'login/passwordless/', 'password/reset/']) {
        says(await fabric.post(path, { identifier: phone, ...more }), no.badEmail());
      }
    }
    assert.deepEqual(await texts(phone), []);
  });

  test('without an account is unknown, and gets no text', async () => {
    const phone = fabric.phone();
    for (const path of ['signup/otp/resend/', 'login/passwordless/', 'password/reset/']) {
      says(await fabric.post(path, { identifier: phone, ...bySms }), no.unknown);
    }
    says(await fabric.post('signup/confirm/', { identifier: phone, code: '123456' }), no.unknown);
    says(await fabric.logIn(phone), no.unknownAtLogin);
    assert.deepEqual(await texts(phone), []);
  });
});

describe('an account with a phone number', () => {
  test('and nothing else may add an address; there is no old one to tell', async () => {
    const phone = fabric.phone();
    await fabric.account({ phone, password: PASSWORD });
    const { access } = await fabric.session(phone);
    const to = fabric.email();
    says(await fabric.changeEmail(access, to), done('otp has been sent to the email.'));
    const body = { identifier: to, code: await fabric.code(to) };
    says(await fabric.post('email/change/confirm/', body), done('Email has been changed successfully.'));
    assert.equal((await fabric.me(access)).body.email, to);
    await fabric.session(to);
    await fabric.session(phone);
    assert.deepEqual(await texts(phone), []);
  });

  test('and an address is reached at either, with codes that are good for one of them', async () => {
    const [email, phone] = [fabric.email(), fabric.phone()];
    await fabric.account({ email, phone, password: PASSWORD });
    await fabric.post('login/passwordless/', { identifier: phone, ...bySms });
    const digits = await code(phone);
    const confirm = (identifier: string) =>
      fabric.post('login/passwordless/confirm/', { identifier, code: digits });
    says(await confirm(email), no.wrongCode);
    tokensOf(await confirm(phone));
    await fabric.enter(email);
    await fabric.session(email);
  });

  test('hears of a hundred wrong passwords by SMS, if it has no address', async () => {
    const phone = fabric.phone();
    const account = await fabric.account({ phone, password: PASSWORD });
    // The counter as 99 wrong passwords leave it: the lockout tests count to a hundred.
    const { storage } = fabric.server.app;
    const policy = { failures: 1_000, lockMs: 1, disableAfter: 1_000, reservationMs: 1 };
    for (const _ of times(99, String)) {
      await failAttempt(storage, `account:${account.id}`, policy, fabric.server.clock.now());
    }
    says(await fabric.logIn(phone, 'not the password'), no.wrongPassword);
    assert.match((await texts(phone)).join(), /your Latchkey account takes no password any more/);
  });
});

describe('SMS cost money, so', () => {
  const unavailable = no.text(503, 'Service temporarily unavailable. Please try again later.');

  async function limited(env: Readonly<Record<string, string>>) {
    const url = `http://${gateway.host}/send`;
    const own = await start({ env: { LATCHKEY_RATE_LIMITS: 'on', LATCHKEY_SMS_URL: url, ...env } });
    const ask = (identifier: string, path = 'login/passwordless/') =>
      own.post(path, { identifier, ...bySms });
    return { own, ask };
  }

  test('one address gets twenty sign-ups an hour through, whatever the numbers', async () => {
    const { own } = await limited({});
    const answers = await Promise.all(times(40, () => own.signUp(own.phone(), PASSWORD, bySms)));
    const granted = answers.filter(({ status }) => status === 200);
    assert.equal(granted.length, 20);
    for (const answer of answers) if (!granted.includes(answer)) says(answer, no.limited(3_600));
  });

  test('when the SMS of an hour are used up, a number with and without an account is answered alike', async () => {
    for (const LATCHKEY_ENUMERATION of ['contract', 'hardened']) {
      const { own, ask } = await limited({ LATCHKEY_SMS_PER_HOUR: '2', LATCHKEY_ENUMERATION });
      const [known, other] = [own.phone(), own.phone()];
      for (const phone of [known, other]) await own.account({ phone });
      for (const phone of [known, other]) says(await ask(phone), done('otp sent via sms.'));
      for (const phone of [known, own.phone()]) {
        for (const path of ['login/passwordless/', 'password/reset/', 'signup/otp/resend/']) {
          says(await ask(phone, path), unavailable);
        }
        says(await own.signUp(phone, PASSWORD, bySms), unavailable);
      }
    }
  });

  test('a number of a country that is not on the list is no phone number, with an account or without', async () => {
    const { own, ask } = await limited({ LATCHKEY_SMS_COUNTRIES: 'AT' });
    const phone = own.phone();
    await own.account({ phone, password: PASSWORD });
    for (const number of [phone, own.phone()]) {
      says(await ask(number), no.badPhone);
      says(await own.signUp(number, 'x', bySms), no.badPhone);
    }
    await own.session(phone);
    says(await ask('+4366412345678'), no.unknown);
  });
});
