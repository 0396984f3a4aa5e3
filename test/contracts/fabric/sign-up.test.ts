import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  DAY,
  done,
  HOUR,
  MINUTE,
  no,
  OTHER_PASSWORD,
  otherThan,
  PASSWORD,
  SHORT_PASSWORD,
  says,
  start,
} from './driver.ts';

const fabric = await start();
const sent = done('otp sent via email.');
const signedUp = done('Sign up success');
const confirm = (identifier: string, code: unknown) => fabric.post('signup/confirm/', { identifier, code });
const resend = (identifier: string, more = {}) => fabric.post('signup/otp/resend/', { identifier, ...more });

describe('signing up', () => {
  test('sends six digits to the address and to nobody else, and makes an account that nobody can use yet', async () => {
    const email = fabric.email();
    says(await fabric.signUp(email), sent);
    const messages = await fabric.server.messages();
    const [message] = messages;
    assert.equal(messages.length, 1);
    assert.deepEqual([message?.to, message?.channel, message?.link], [email, 'email', undefined]);
    assert.match(message?.code ?? '', /^[0-9]{6}$/);
    assert.match(message?.text ?? '', new RegExp(`^${message?.code}$`, 'm'));
    assert.doesNotMatch(message?.text ?? '', new RegExp(PASSWORD));
    says(await fabric.logIn(email), no.unverified);
  });

  test('the message says in words how long its code works', async () => {
    const { email } = await fabric.pending();
    assert.match((await fabric.message(email)).text, /The code works for 3 minutes, and only once\./);
  });

  test('takes the delivery that is asked for, and names it in its answer', async () => {
    for (const [choice, said] of [
      [{ method: 'email' }, 'otp sent via email.'],
      [{ verification_type: 'otp' }, 'otp sent via email.'],
      [{ method: 'email', verification_type: 'otp' }, 'otp sent via email.'],
      [{ verification_type: 'link' }, 'link sent via email.'],
      [{ method: 'email', verification_type: 'link' }, 'link sent via email.'],
    ] as const) {
      const email = fabric.email();
      says(await fabric.signUp(email, PASSWORD, choice), done(said));
      const { code, link } = await fabric.message(email);
      assert.deepEqual(
        [code !== undefined, link !== undefined],
        [said.startsWith('otp'), said.startsWith('link')],
      );
    }
  });

  test('names every failing field, in the order of the document; the first one gives the error code', async () => {
    const required = 'This field is required.';
    const blank = 'This field may not be blank.';
    const nothing = 'This field may not be null.';
    const notText = 'Not a valid string.';
    const long = (limit: number) => `Ensure this field has no more than ${limit} characters.`;
    const identifier = fabric.email();
    for (const [body, code, detail] of [
      [{}, '4000', { identifier: required, password: required }],
      [{ password: PASSWORD }, '4000', { identifier: required }],
      [{ identifier }, '4000', { password: required }],
      [{ identifier: '', password: '' }, 'blank', { identifier: blank, password: blank }],
      [{ identifier: null, password: null }, 'null', { identifier: nothing, password: nothing }],
      [{ identifier: 7.5, password: true }, 'invalid', { identifier: notText, password: notText }],
      [{ identifier: [identifier], password: {} }, 'invalid', { identifier: notText, password: notText }],
      [
        { identifier: 'a'.repeat(101), password: 'b'.repeat(1025) },
        'max_length',
        { identifier: long(100), password: long(1024) },
      ],
      [{ identifier: '', password: null }, 'blank', { identifier: blank, password: nothing }],
      [{ identifier: null }, 'null', { identifier: nothing, password: required }],
      [{ password: '' }, '4000', { identifier: required, password: blank }],
      [
        { identifier, password: PASSWORD, method: 'fax', verification_type: 'dance' },
        'invalid_choice',
        { method: '"fax" is not a valid choice.', verification_type: '"dance" is not a valid choice.' },
      ],
      [
        { identifier, password: PASSWORD, method: 'EMAIL' },
        'invalid_choice',
        { method: '"EMAIL" is not a valid choice.' },
      ],
      [
        { identifier, password: PASSWORD, method: '', verification_type: null },
        'invalid_choice',
        { method: '"" is not a valid choice.', verification_type: nothing },
      ],
      [
        { identifier, password: PASSWORD, verification_type: 1 },
        'invalid_choice',
        { verification_type: '"1" is not a valid choice.' },
      ],
      [{ identifier: 'a@b\0.com', password: PASSWORD }, 'invalid', { identifier: notText }],
    ] as const) {
      says(await fabric.post('signup/', body), no.fields(400, code, detail));
    }
    assert.deepEqual(await fabric.server.messages(identifier), []);
  });

  test('without a configured SMS channel, sms is no valid choice', async () => {
    const phone = fabric.phone();
    says(await fabric.signUp(phone, PASSWORD, { method: 'sms' }), no.smsChoice);
    says(await resend(phone, { method: 'sms' }), no.smsChoice);
  });

  test('refuses what is no address, whatever else is wrong after it', async () => {
    for (const identifier of [
      'ada',
      'ada@',
      '@example.com',
      'ada@example',
      'ada@exa mple.com',
      'a da@example.com',
      'ada@example.com,eve@example.com',
      'ada@example.com;eve@example.com',
      'ada@example.com eve@example.com',
      '<ada@example.com>',
      'Ada <ada@example.com>',
      'ada@example.com\r\nBcc: eve@example.com',
      '"x@evil.com y"@example.com',
      'group:ada@example.com;',
      '=?utf-8?q?ada?=@@example.com',
      'ada@[127.0.0.1]',
      'ada..b@example.com',
      '.ada@example.com',
      'ada@-example.com',
      '   ',
      // The method says what kind it must be, and without one it is an e-mail.
      '+491711234567',
    ]) {
      says(await fabric.signUp(identifier, 'x'), no.badEmail());
    }
    assert.deepEqual(
      (await fabric.server.messages()).filter(({ to }) => /eve|evil/.test(to)),
      [],
    );
  });

  test('checks fields before format, format before strength, strength before taken', async () => {
    const { email } = await fabric.verified();
    says(
      await fabric.post('signup/', { identifier: 'ada', password: null }),
      no.fields(400, 'null', {
        password: 'This field may not be null.',
      }),
    );
    says(await fabric.signUp('ada', SHORT_PASSWORD), no.badEmail());
    says(await fabric.signUp(email, SHORT_PASSWORD), no.tooShort('password'));
    says(await fabric.signUp(email), no.taken);
  });

  test('refuses weak passwords, each in its words', async () => {
    const email = fabric.email('margaret.hamilton');
    const local = email.slice(0, email.indexOf('@'));
    for (const [password, expected] of [
      [SHORT_PASSWORD, no.tooShort('password')],
      ['😀'.repeat(7), no.tooShort('password')],
      ['password123', no.tooCommon('password')],
      ['iloveyou', no.tooCommon('password')],
      ['ILoveYou', no.tooCommon('password')],
      ['93847561029384', no.numeric('password')],
      ['٩٣٨٤٧٥٦١٠٢٩', no.numeric('password')],
      [email, no.similar('password')],
      [local, no.similar('password')],
      [`${local}!`, no.similar('password')],
      [local.toUpperCase(), no.similar('password')],
      ['hamilton1', no.similar('password')],
    ] as const) {
      says(await fabric.signUp(email, password), expected);
    }
    assert.deepEqual(await fabric.server.messages(email), []);
  });

  test('tells every rule that a password breaks, joined by a space; the first one gives the error code', async () => {
    const short = 'This password is too short. It must contain at least 8 characters.';
    const common = 'This password is too common.';
    const numeric = 'This password is entirely numeric.';
    for (const [password, code, messages] of [
      ['12345678', 'password_too_common', [common, numeric]],
      ['1029384', 'password_too_short', [short, numeric]],
      ['1234567', 'password_too_short', [short, common, numeric]],
    ] as const) {
      const detail = { password: messages.join(' ') };
      says(await fabric.signUp(fabric.email(), password), no.fields(400, code, detail));
    }
  });

  test('takes any other password: no composition rules, spaces, every script, up to 1024 bytes', async () => {
    for (const password of [
      PASSWORD,
      'qzjxvkwp',
      'correct horse battery staple but longer',
      '😀😁😂🤣😃😄😅😆',
      'пароль-который-длинный',
      ' leading and trailing ',
      'x'.repeat(1022).concat('é'),
    ]) {
      const { email } = await fabric.verified(fabric.email(), password);
      await fabric.session(email, password);
    }
  });

  test('refuses an identifier that a verified account has, in every spelling, and leaves the account alone', async () => {
    const { email } = await fabric.verified(fabric.email('Grace'));
    for (const spelling of [email, email.toUpperCase(), ` ${email} `, email.replace('@', '\uff20')]) {
      says(await fabric.signUp(spelling, OTHER_PASSWORD), no.taken);
    }
    assert.equal((await fabric.server.messages(email)).length, 1);
    await fabric.session(email);
  });

  test('an account made to be used at once is taken, though nobody proved its address', async () => {
    const email = fabric.email();
    await fabric.account({ email, password: PASSWORD, isVerified: false });
    says(await fabric.signUp(email, OTHER_PASSWORD), no.taken);
    says(await resend(email), sent);
    says(await confirm(email, await fabric.code(email)), signedUp);
    // The person who set the password may not be the one who reads the mailbox.
    says(await fabric.logIn(email), no.passwordless);
    await fabric.enter(email);
  });

  test('an address that waits together with a username starts over, and the username is free', async () => {
    const email = fabric.email();
    const { app, clock } = fabric.server;
    const pending = {
      createdAt: clock.now(),
      activatedAt: null,
      emailVerifiedAt: null,
      phoneVerifiedAt: null,
      username: { kind: 'username', value: 'somebody', key: 'somebody' },
    } as const;
    await app.storage.accounts.create({
      ...pending,
      id: randomUUID(),
      email: { kind: 'email', value: email, key: email },
    });
    says(await fabric.signUp(email), sent);
    assert.equal((await fabric.find(email)).username, null);
    const other = await app.storage.accounts.create({ ...pending, id: randomUUID() });
    assert.equal(other.kind, 'created');
  });
});

describe('signing up again before anything is confirmed', () => {
  test('starts over: the new password counts, the old code is dead', async () => {
    const first = await fabric.pending();
    const second = await fabric.pending(first.email, OTHER_PASSWORD);
    says(await confirm(first.email, first.code), no.wrongCode);
    says(await confirm(first.email, second.code), signedUp);
    says(await fabric.logIn(first.email, PASSWORD), no.wrongPassword);
    await fabric.session(first.email, OTHER_PASSWORD);
  });

  test('kills the link of the first one, too', async () => {
    const email = fabric.email();
    await fabric.signUp(email, PASSWORD, { verification_type: 'link' });
    const token = await fabric.linkToken(email);
    await fabric.pending(email, OTHER_PASSWORD);
    says(await confirm(email, token), no.wrongCode);
  });

  test('is possible in another spelling, and the newest spelling is written to', async () => {
    const email = fabric.email('Edsger');
    await fabric.signUp(email);
    says(await fabric.signUp(email.toLowerCase(), OTHER_PASSWORD), sent);
    says(await confirm(email, await fabric.code(email.toLowerCase())), signedUp);
  });
});

describe('sending the sign-up message again', () => {
  test('sends a new code and kills the one before', async () => {
    const { email, code } = await fabric.pending();
    says(await resend(email), sent);
    const fresh = await fabric.code(email);
    assert.equal((await fabric.server.messages(email)).length, 2);
    says(await confirm(email, code), no.wrongCode);
    says(await confirm(email, fresh), signedUp);
  });

  test('may send a link where the first was a code, and the other way round; the first one used is the only one', async () => {
    for (const used of ['code', 'link'] as const) {
      const { email, code: first } = await fabric.pending();
      says(await resend(email, { verification_type: 'link' }), done('link sent via email.'));
      const link = await fabric.linkToken(email);
      says(await resend(email, { verification_type: 'otp', method: 'email' }), sent);
      const code = await fabric.code(email);
      says(await confirm(email, first), no.wrongCode);
      says(await confirm(email, used === 'code' ? code : link), signedUp);
      says(await confirm(email, used === 'code' ? link : code), no.wrongCode);
    }
  });

  test('refuses in the documented order: fields, format, unknown, already verified', async () => {
    const { email } = await fabric.verified();
    says(await fabric.post('signup/otp/resend/', {}), no.missing('identifier'));
    says(
      await resend('ada', { method: 'pigeon' }),
      no.fields(400, 'invalid_choice', { method: '"pigeon" is not a valid choice.' }),
    );
    says(await resend('ada'), no.badEmail());
    says(await resend(fabric.email()), no.unknown);
    says(await resend(email), no.alreadyVerified);
    assert.equal((await fabric.server.messages(email)).length, 1);
  });

  test('gives the new code its own three minutes', async () => {
    const { email } = await fabric.pending();
    fabric.server.clock.advance(2 * MINUTE);
    await resend(email);
    fabric.server.clock.advance(2 * MINUTE);
    says(await confirm(email, await fabric.code(email)), signedUp);
  });
});

describe('confirming a sign-up', () => {
  test('activates the account once; the same code again is a wrong one', async () => {
    const { email, code } = await fabric.pending();
    says(await confirm(email, code), signedUp);
    says(await confirm(email, code), no.wrongCode);
    const account = await fabric.find(email);
    const events = await fabric.server.app.storage.audit.list({ accountId: account.id, limit: 10 });
    assert.equal(events.filter(({ type }) => type === 'account_activated').length, 1);
  });

  test('refuses in the documented order: fields, format, unknown, wrong, expired', async () => {
    const { email, code } = await fabric.pending();
    says(await fabric.post('signup/confirm/', {}), no.missing('identifier', 'code'));
    says(await fabric.post('signup/confirm/', { identifier: 'ada' }), no.missing('code'));
    says(await fabric.post('signup/confirm/', { identifier: email }), no.missing('code'));
    says(await confirm('ada', code), no.badEmail());
    says(await confirm('+49', code), no.badPhone);
    says(await confirm(fabric.email(), code), no.unknown);
    fabric.server.clock.advance(3 * MINUTE);
    says(await confirm(email, otherThan(code)), no.wrongCode);
    says(await confirm(email, code), no.expiredCode);
  });

  // SEC-024
  test('takes a code to the last millisecond of its three minutes and not at their end', async () => {
    const one = await fabric.pending();
    const other = await fabric.pending();
    fabric.server.clock.advance(3 * MINUTE - 1);
    says(await confirm(one.email, one.code), signedUp);
    fabric.server.clock.advance(1);
    says(await confirm(other.email, other.code), no.expiredCode);
    // A clock that goes back revives nothing that was used (SEC-098).
    fabric.server.clock.advance(-MINUTE);
    says(await confirm(one.email, one.code), no.wrongCode);
  });

  test('takes the token of a link as the code, for an hour', async () => {
    const [early, late] = [fabric.email(), fabric.email()];
    for (const email of [early, late]) await fabric.signUp(email, PASSWORD, { verification_type: 'link' });
    fabric.server.clock.advance(HOUR - 1);
    says(await confirm(early, await fabric.linkToken(early)), signedUp);
    fabric.server.clock.advance(1);
    says(await confirm(late, await fabric.linkToken(late)), no.expiredCode);
  });

  test('finds the account by any spelling of the address', async () => {
    const { email, code } = await fabric.pending(fabric.email('barbara'));
    says(await confirm(` ${email.toUpperCase()} `, code), signedUp);
  });
});

describe('a sign-up that nobody confirms', () => {
  test('is forgotten after 24 hours, and not before', async () => {
    const { email } = await fabric.pending();
    const { app, clock } = fabric.server;
    clock.advance(DAY);
    await app.maintenance.purge();
    says(await resend(email), sent);
    clock.advance(1);
    await app.maintenance.purge();
    says(await resend(email), no.unknown);
    says(await confirm(email, await fabric.code(email)), no.unknown);
    says(await fabric.logIn(email), no.unknownAtLogin);
  });

  test('lets a verified account of the same age live', async () => {
    const { email } = await fabric.verified();
    fabric.server.clock.advance(2 * DAY);
    await fabric.server.app.maintenance.purge();
    await fabric.session(email);
  });
});
