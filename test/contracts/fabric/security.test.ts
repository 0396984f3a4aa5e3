import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { onSqliteOnly } from '../../support/environment.ts';
import { operator } from '../../support/operator.ts';
import { makeFastDirectory } from '../../support/temporary.ts';
import type { WireAnswer } from '../../support/wire.ts';
import {
  assertHeaders,
  done,
  ENDPOINTS,
  no,
  OTHER_PASSWORD,
  PASSWORD,
  says,
  start,
  tokensOf,
} from './driver.ts';

const OPENS_FILE = 'it opens the database file; core/secrets-at-rest looks at what stores write';

const directory = await makeFastDirectory();
after(() => rm(directory, { recursive: true, force: true }));
const fabric = await start({ directory, env: { LATCHKEY_LOG_LEVEL: 'debug' } });
const { app } = fabric.server;

/** What nobody may set about themselves. */
const privileges = {
  is_superuser: true,
  is_staff: true,
  is_active: true,
  is_verified: true,
  email_verified: true,
  activatedAt: 1,
  activated_at: 1,
  emailVerifiedAt: 1,
  id: '00000000-0000-4000-8000-000000000000',
  user_id: '00000000-0000-4000-8000-000000000000',
  number: 7_777,
  username: 'root',
  phone: '+4917100000001',
  hashed_password: '$argon2id$',
  role: 'admin',
  epoch: 7,
  token_version: 7,
  discloses: true,
  constructor: { prototype: { isSuperuser: true } },
};

// SEC-066
describe('a body that says more than it may', () => {
  test('makes no better account, and no other answer', async () => {
    const email = fabric.email();
    says(await fabric.signUp(email, PASSWORD, privileges), done('otp sent via email.'));
    const { id, number, createdAt: _createdAt, ...made } = await fabric.find(email);
    assert.notEqual(id, privileges.id);
    assert.notEqual(number, privileges.number);
    const nothing = { username: null, phone: null, fullName: null, givenName: null, familyName: null };
    assert.deepEqual(made, {
      ...nothing,
      email,
      birthDate: null,
      bio: null,
      isSuperuser: false,
      isStaff: false,
      activatedAt: null,
      emailVerifiedAt: null,
      phoneVerifiedAt: null,
      firstProvedAt: null,
      disabledAt: null,
      lastSeenAt: null,
      epoch: 0,
    });
    says(await fabric.logIn(email), no.unverified);
  });

  test('changes no account, wherever it is sent', async () => {
    const { email } = await fabric.member();
    const stored = async () => {
      const { lastSeenAt: _lastSeenAt, ...account } = await fabric.find(email);
      return account;
    };
    const { epoch: _epoch, ...before } = await stored();
    const { access, refresh } = tokensOf(
      await fabric.post('login/basic/', { identifier: email, password: PASSWORD, ...privileges }),
    );
    tokensOf(await fabric.post('token/refresh/', { refresh, ...privileges }));
    await fabric.post('login/passwordless/', { identifier: email, ...privileges });
    const signIn = { identifier: email, code: await fabric.code(email), ...privileges };
    tokensOf(await fabric.post('login/passwordless/confirm/', signIn));
    const change = {
      old_password: PASSWORD,
      new_password: OTHER_PASSWORD,
      confirm_password: OTHER_PASSWORD,
      ...privileges,
    };
    says(
      await fabric.post('password/change/', change, { bearer: access }),
      done('Password has been changed successfully.'),
    );
    await fabric.post('password/reset/', { identifier: email, ...privileges });
    const reset = {
      identifier: email,
      code: await fabric.code(email),
      new_password: PASSWORD,
      confirm_password: PASSWORD,
      ...privileges,
    };
    says(await fabric.post('password/reset/confirm/', reset), done('Password has been reset successfully.'));
    const { epoch, ...later } = await stored();
    assert.deepEqual(later, before);
    assert.notEqual(epoch, privileges.epoch);
  });
});

// SEC-071
test('a list or an object where a text belongs sends no message to anybody', async () => {
  const [victim, attacker] = [fabric.email('victim'), fabric.email('attacker')];
  for (const email of [victim, attacker]) await fabric.account({ email });
  const notText = no.fields(400, 'invalid', { identifier: 'Not a valid string.' });
  for (const path of ['signup/otp/resend/', 'login/passwordless/', 'password/reset/']) {
    for (const identifier of [[victim, attacker], [victim], { $ne: null }, { email: victim }, 1.5, true]) {
      says(await fabric.post(path, { identifier }), notText);
    }
    for (const identifier of [`${victim},${attacker}`, `${victim};${attacker}`, `${victim}\n${attacker}`]) {
      says(await fabric.post(path, { identifier }), no.badEmail());
    }
    const twice = `{"identifier":"${victim}","identifier":"${attacker}"}`;
    const headers = { 'content-type': 'application/json' };
    says(await fabric.post(path, undefined, { body: twice, headers }), no.notJson);
    says(await fabric.post(`${path}?identifier=${victim}`, {}), no.missing('identifier'));
  }
  for (const email of [victim, attacker]) assert.deepEqual(await fabric.server.messages(email), []);
});

// SEC-084
describe('two addresses', () => {
  test('that are one in other spellings find one account, and mail goes to the stored one', async () => {
    for (const [stored, spellings] of [
      [
        'elsa@example.com',
        ['ELSA@EXAMPLE.COM', ' elsa@example.com\t', '\uff45\uff4csa\uff20example\uff0ecom'],
      ],
      ['ren\u00e9@example.com', ['rene\u0301@example.com', 'REN\u00c9@example.com']],
      ['fritz@xn--bcher-kva.example', ['fritz@b\u00fccher.example', 'fritz@B\u00dcCHER.EXAMPLE']],
      ['otto@example.com', ['otto@example\u3002com']],
      ['kelvin@example.com', ['\u212aelvin@example.com']],
      ['sofi@example.com', ['\u017fofi@example.com', 'so\ufb01@example.com']],
    ] as const) {
      await fabric.member({ email: stored });
      says(await fabric.signUp(spellings[0], OTHER_PASSWORD), no.taken);
      for (const spelling of spellings) {
        says(await fabric.post('signup/otp/resend/', { identifier: spelling }), no.alreadyVerified);
        const before = (await fabric.server.messages(stored)).length;
        says(await fabric.post('password/reset/', { identifier: spelling }), done('otp sent via email.'));
        assert.equal((await fabric.server.messages(stored)).length, before + 1);
      }
    }
  });

  test('that only look alike are two accounts, and neither gets the mail of the other', async () => {
    for (const [one, other] of [
      ['ada+one@example.com', 'ada+two@example.com'],
      ['ada@example.com', 'ada+one@example.com'],
      ['grace.hopper@example.com', 'gracehopper@example.com'],
      ['mike@example.com', 'm\u0131ke@example.com'],
      ['paul@example.com', 'p\u0430ul@example.com'],
      ['ina@example.com', '\u0130na@example.com'],
      ['ada@example.org', 'ada@examp1e.org'],
    ] as const) {
      await fabric.account({ email: one });
      const sent = await fabric.server.messages(one);
      says(await fabric.post('login/passwordless/', { identifier: other }), no.unknown);
      await fabric.account({ email: other });
      says(await fabric.post('login/passwordless/', { identifier: other }), done('otp sent via email.'));
      assert.deepEqual(await fabric.server.messages(one), sent);
      const { length } = await fabric.server.messages(other);
      assert.equal(length, 1, 'the other one is written to as it was stored');
      for (const email of [one, other]) {
        await app.admin.deleteAccount({ actor: operator, account: await fabric.find(email) });
      }
    }
  });

  test('of which one cannot exist: a domain that ends in a dot, an empty label, a second @', async () => {
    for (const email of ['ada@example.com.', 'ada@example..com', 'ada@bob@example.com', 'ada@.example.com']) {
      says(await fabric.signUp(email), no.badEmail());
    }
  });
});

describe('secrets', () => {
  const canary = 'Kanarienvogel-4711-im-Kasten';
  const seen: string[] = [canary];

  test('go through every endpoint', async () => {
    const email = fabric.email();
    await fabric.signUp(email, canary, { verification_type: 'link' });
    const token = await fabric.linkToken(email);
    await fabric.post('signup/confirm/', { identifier: email, code: token });
    const one = await fabric.session(email, canary);
    const two = tokensOf(await fabric.refresh(one.refresh));
    await fabric.logIn(email, `${canary}x`);
    await fabric.changePassword(two.access, canary, `${canary} again`);
    await fabric.send('/api/v1/me', { bearer: `${two.access}x` });
    await fabric.send(`/api/v1/me?password=${canary}`, { bearer: two.access });
    await fabric.post('login/passwordless/', { identifier: email, verification_type: 'link' });
    const signIn = await fabric.linkToken(email);
    await fabric.send(`/login/verify?identifier=${email}&code=${signIn}`);
    await fabric.post('login/basic/', { identifier: canary, password: [canary] });
    const broken = { body: `{"password":"${canary}"`, headers: { 'content-type': 'application/json' } };
    await fabric.post('login/basic/', undefined, broken);
    seen.push(token, signIn, one.access, one.refresh, two.access, two.refresh);
    assert.equal(new Set(seen).size, 7);
  });

  // SEC-087. The development mailbox logs codes and links on purpose; production has none.
  test('are not in the log', () => {
    const lines = fabric.server
      .logged()
      .split('\n')
      .filter((line) => !line.includes('mailbox: to '));
    assert.ok(lines.length > 10);
    for (const secret of seen) assert.ok(!lines.join('\n').includes(secret));
    for (const line of lines.filter((text) => text !== '')) JSON.parse(line);
  });

  // SEC-027
  test('are not in the database, and neither are codes', { skip: onSqliteOnly(OPENS_FILE) }, async () => {
    const email = fabric.email();
    await fabric.account({ email });
    await fabric.post('login/passwordless/', { identifier: email });
    const code = await fabric.code(email);
    const database = new DatabaseSync(join(directory, 'latchkey.db'), { readOnly: true });
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
    const stored = tables.flatMap(({ name }) =>
      database
        .prepare(`select * from "${name}"`)
        .all()
        .flatMap((row) => Object.values(row))
        .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value))
        .filter((value) => typeof value === 'string'),
    );
    database.close();
    assert.ok(stored.includes(email), 'the dump is one');
    const raw = (text: string) => Buffer.from(text, 'base64url').toString('latin1');
    for (const secret of [...seen, code]) {
      for (const form of [secret, Buffer.from(secret).toString('latin1'), raw(secret)]) {
        assert.ok(!stored.some((text) => text.includes(form)));
      }
    }
  });
});

// SEC-077
test('no origin is told that it may read anything, unless the operator named it', async () => {
  for (const origin of ['null', 'https://evil.example', 'http://127.0.0.1:8000', '*']) {
    const headers = { origin, 'access-control-request-method': 'POST' };
    for (const answer of [
      await fabric.send('/api/v1/auth/login/basic', { method: 'OPTIONS', headers }),
      await fabric.post('login/basic/', {}, { headers }),
      await fabric.send('/health', { headers }),
    ]) {
      const cors = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
      assert.deepEqual(cors, []);
    }
  }
});

// SEC-086
test('texts that some database or template would execute are texts', async () => {
  const { access: bearer } = await fabric.guest();
  for (const text of ["' OR 1=1--", "'; DROP TABLE accounts;--", '") OR ("1"="1', '{{7*7}}', '%27%20OR']) {
    assert.ok([400, 404].includes((await fabric.logIn(text, text)).status));
    says(await fabric.post('signup/confirm/', { identifier: text, code: text }), no.badEmail());
    says(await fabric.refresh(text), no.badRefresh);
    const { body } = await fabric.send('/api/v1/me', { method: 'PATCH', bearer, json: { bio: text } });
    assert.equal(body.bio, text);
  }
  assert.equal((await fabric.me(bearer)).status, 200);
});

// SEC-026, SEC-040, SEC-068, SEC-082: whatever JSON comes, one of the documented answers goes.
describe('whatever is sent', () => {
  const known = fabric.email('known');
  const names = [
    'identifier',
    'password',
    'code',
    'method',
    'verification_type',
    'refresh',
    'old_password',
    'new_password',
    'confirm_password',
    'new_email',
    'current_password',
    'first_name',
    'last_name',
    'date_of_birth',
    'bio',
  ];
  const statuses = [200, 400, 401, 404, 409, 429];

  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      known,
      PASSWORD,
      '123456',
      'email',
      'sms',
      'otp',
      'link',
      '+491711234567',
      '2000-01-01',
      '',
    ),
    fc.emailAddress(),
  );
  const value = fc.oneof(
    { weight: 4, arbitrary: text },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  );
  const body = fc.oneof(
    { weight: 6, arbitrary: fc.dictionary(fc.constantFrom(...names), value) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 5 }) },
    { weight: 1, arbitrary: fc.dictionary(fc.string(), value) },
  );

  /** One of the shapes of the document, and nothing that looks like our insides. */
  function isDocumented(answer: WireAnswer): void {
    assert.ok(statuses.includes(answer.status), `${answer.status} ${answer.text}`);
    assertHeaders(answer);
    const keys = Object.keys(answer.body).join();
    if (answer.status === 200) {
      assert.ok(['message', 'access,refresh'].includes(keys) || keys.startsWith('id,email,'), keys);
      return;
    }
    const { detail, error_code: code } = answer.body;
    if (typeof detail === 'string') {
      assert.equal(keys, 'detail');
      return;
    }
    assert.equal(keys, 'error_code,detail');
    assert.match(code, /^(40\d\d|[a-z_]+)$/);
    assert.ok(Object.keys(detail).length > 0);
    for (const [field, message] of Object.entries(detail)) {
      assert.ok([...names, 'non_field_error'].includes(field), field);
      assert.equal(typeof message, 'string');
    }
  }

  test('the answer is one of the documented ones', async () => {
    await fabric.account({ email: known, password: PASSWORD });
    const { access } = await fabric.enter(known);
    const writing = ENDPOINTS.filter(({ method }) => method !== 'GET');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...writing),
        body,
        fc.boolean(),
        async ({ method, path }, json, signedIn) => {
          const request = { method, json, ...(signedIn && { bearer: access }) };
          isDocumented(await fabric.send(path, request));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('bytes that are no JSON at all included', async () => {
    const paths = ENDPOINTS.map(({ path }) => path);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.uint8Array({ maxLength: 200 }), async (path, bytes) => {
        const headers = { 'content-type': 'application/json' };
        const answer = await fabric.send(path, { method: 'POST', headers, body: Uint8Array.from(bytes) });
        assert.ok([400, 401, 404, 405].includes(answer.status), `${answer.status}`);
        assert.deepEqual(Object.keys(answer.body).at(-1), 'detail');
      }),
      { numRuns: 50 },
    );
  });
});
