import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { onSqliteOnly } from '../../support/environment.ts';
import { makeFastDirectory } from '../../support/temporary.ts';
import type { WireAnswer } from '../../support/wire.ts';
import {
  assertHeaders,
  ENDPOINTS,
  JSON_TYPE,
  NOBODY,
  no,
  OTHER_PASSWORD,
  PASSWORD,
  said,
  says,
  start,
  user,
} from './driver.ts';

const OPENS_FILE = 'it opens the database file; core/secrets-at-rest looks at what stores write';

const directory = await makeFastDirectory();
after(() => rm(directory, { recursive: true, force: true }));
const key = 'c4f1a9b87d2e4c0f9e3b6a5d1870e2f4';
const vibemobi = await start({
  directory,
  env: { LATCHKEY_LOG_LEVEL: 'debug', LATCHKEY_PRIVATE_KEYS: `trusted:${key}` },
});
const { fabric } = vibemobi;

/** What nobody may set about themselves. */
const privileges = {
  is_superuser: true,
  is_staff: true,
  is_active: false,
  is_verified: true,
  isSuperuser: true,
  id: NOBODY,
  user_id: NOBODY,
  number: 7_777,
  epoch: 7,
  phone: '+4917100000001',
  hashed_password: '$argon2id$',
  emailVerifiedAt: 1,
  activated_at: null,
  disabledAt: 1,
  role: 'admin',
  constructor: { prototype: { isSuperuser: true } },
};

/** The same, with a prototype that JSON may name and an object literal may not. */
const withPrivileges = (fields: object): string =>
  JSON.stringify({ ...fields, ...privileges }).replace(
    /^\{/,
    '{"__proto__":{"is_superuser":true,"isSuperuser":true},',
  );

// SEC-066
describe('a body that says more than it may', () => {
  test('makes no better account', async () => {
    const email = vibemobi.email();
    const body = withPrivileges({ email, password: PASSWORD });
    const answer = await vibemobi.post('/users/signup', undefined, { body, headers: JSON_TYPE });
    const { id } = answer.body;
    says(answer, [200, user({ email, id })]);
    const { number, createdAt: _createdAt, activatedAt: _activatedAt, ...made } = await vibemobi.stored(id);
    assert.notEqual(id, NOBODY);
    assert.notEqual(number, privileges.number);
    assert.deepEqual(made, {
      id,
      email,
      username: null,
      phone: null,
      fullName: null,
      givenName: null,
      familyName: null,
      birthDate: null,
      bio: null,
      isSuperuser: false,
      isStaff: false,
      emailVerifiedAt: null,
      phoneVerifiedAt: null,
      firstProvedAt: null,
      disabledAt: null,
      lastSeenAt: null,
      epoch: 0,
    });
  });

  test('changes no account, wherever it is sent', async () => {
    const { email, id, bearer } = await vibemobi.member();
    const stored = async () => {
      const { lastSeenAt: _lastSeenAt, epoch, ...row } = await vibemobi.stored(id);
      assert.ok(epoch < privileges.epoch);
      return row;
    };
    const before = await stored();
    const sends = (method: string, path: string, fields: object) =>
      vibemobi.send(path, { method, body: withPrivileges(fields), headers: JSON_TYPE, bearer });
    says(await sends('PATCH', '/users/me', {}), [200, user({ email, id })]);
    says(await sends('PATCH', '/users/me', { password: OTHER_PASSWORD, username: 'root' }), [
      200,
      user({ email, id }),
    ]);
    const change = { current_password: PASSWORD, new_password: OTHER_PASSWORD };
    says(await sends('PATCH', '/users/me/password', change), said.passwordUpdated);
    const reset = { token: await vibemobi.recoveryToken(email), new_password: PASSWORD };
    says(await sends('POST', '/reset-password/', reset), said.passwordUpdated);
    assert.deepEqual(await stored(), before);
    await vibemobi.session(email);
  });

  test('takes no field from a prototype', async () => {
    const all = `"email":"${vibemobi.email()}","password":"${PASSWORD}","token":"x","new_password":"x"`;
    for (const { method, path, required, who } of ENDPOINTS) {
      if (required === undefined || who !== 'anyone') continue;
      const nothing = await vibemobi.send(path, { method, json: {} });
      for (const body of [`{"__proto__":{${all}}}`, `{"constructor":{"prototype":{${all}}}}`]) {
        const answer = await vibemobi.send(path, { method, body, headers: JSON_TYPE });
        assert.deepEqual([answer.status, answer.text], [nothing.status, nothing.text]);
      }
    }
    assert.equal('isSuperuser' in {}, false);
  });
});

// SEC-065
test('an ordinary user reads, changes and deletes nobody else, and makes nobody', async () => {
  const [eve, victim] = [await vibemobi.member(), await vibemobi.member()];
  const before = await vibemobi.stored(victim.id);
  const { bearer } = eve;
  for (const id of [victim.id, eve.id]) {
    says(
      await vibemobi.patch(`/users/${id}`, { is_superuser: true, email: 'x@example.com' }, bearer),
      no.noPrivileges,
    );
    says(await vibemobi.delete(`/users/${id}`, bearer), no.noPrivileges);
  }
  says(await vibemobi.get(`/users/${victim.id}`, bearer), no.noPrivileges);
  says(await vibemobi.get('/users/', bearer), no.noPrivileges);
  const json = { email: vibemobi.email(), password: PASSWORD, full_name: 'x' };
  says(await vibemobi.post('/users/', json, { bearer }), no.noPrivileges);
  says(await vibemobi.post('/private/users/', json, { bearer }), no.noPrivileges);
  // Whose account it is stands in the token, and nowhere else.
  for (const path of [`/users/me?user_id=${victim.id}`, `/users/me?id=${victim.id}`]) {
    says(await vibemobi.patch(path, { full_name: 'Eve', id: victim.id, user_id: victim.id }, bearer), [
      200,
      user({ ...eve, full_name: 'Eve' }),
    ]);
  }
  assert.deepEqual(await vibemobi.stored(victim.id), before);
  says(await vibemobi.get('/users/me', victim.bearer), [200, user(victim)]);
});

describe('secrets', () => {
  const canary = 'Kanarienvogel-4711-im-Kasten';
  const seen: string[] = [canary, key];

  test('go through every endpoint', async () => {
    const root = await vibemobi.superuser();
    const email = vibemobi.email();
    await vibemobi.post('/users/signup', { email, password: canary });
    const bearer = await vibemobi.session(email, canary);
    await vibemobi.logIn(email, `${canary}x`);
    await vibemobi.logIn(canary, canary);
    await vibemobi.get(`/users/me?password=${canary}&access_token=${bearer}`, bearer);
    await vibemobi.get('/users/me', `${bearer}x`);
    const change = { current_password: canary, new_password: `${canary}-2` };
    await vibemobi.patch('/users/me/password', change, bearer);
    const token = await vibemobi.recoveryToken(email);
    await fabric.send(`/reset-password?token=${token}`);
    await vibemobi.reset(`${token}x`, canary);
    assert.equal((await vibemobi.reset(token, `${canary}-3`)).status, 200);
    await vibemobi.post('/users/', { email: vibemobi.email(), password: canary }, { bearer: root.bearer });
    const { body } = await vibemobi.post(
      '/users/',
      { email: vibemobi.email(), password: `${canary}-4` },
      { bearer: root.bearer },
    );
    await vibemobi.patch(`/users/${body.id}`, { password: `${canary}-5` }, root.bearer);
    const json = { email: vibemobi.email(), password: canary, full_name: 'x' };
    assert.equal((await vibemobi.post('/private/users/', json, { bearer: key })).status, 200);
    await vibemobi.post('/private/users/', json, { bearer: `${key}x` });
    await vibemobi.post('/users/signup', undefined, { body: `{"password":"${canary}"`, headers: JSON_TYPE });
    await vibemobi.post('/users/signup', { email: [canary], password: { canary } });
    seen.push(root.bearer, bearer, token, token.slice(32));
  });

  // SEC-087. The development mailbox logs links on purpose; production has none.
  test('are not in the log', () => {
    const lines = vibemobi.server
      .logged()
      .split('\n')
      .filter((line) => line !== '' && !line.includes('mailbox: to '));
    assert.ok(lines.length > 10);
    assert.equal(seen.length, 6);
    for (const secret of seen) assert.ok(!lines.join('\n').includes(secret), `${seen.indexOf(secret)}`);
  });

  // SEC-027
  test('are not in the database', { skip: onSqliteOnly(OPENS_FILE) }, () => {
    const database = new DatabaseSync(join(directory, 'latchkey.db'), { readOnly: true });
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
    const stored = tables.flatMap(({ name }) =>
      database
        .prepare(`select * from "${name}"`)
        .all()
        .flatMap((row) => Object.values(row))
        .map((value) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value),
        ),
    );
    database.close();
    assert.ok(
      stored.includes('trusted') || stored.some((text) => text.includes('key:trusted')),
      'the dump is one',
    );
    const raw = (text: string) => Buffer.from(text, 'base64url').toString('latin1');
    for (const secret of seen) {
      for (const form of [secret, raw(secret)]) assert.ok(!stored.some((text) => text.includes(form)));
    }
  });
});

// SEC-086
test('texts that some database or template would execute are texts', async () => {
  const { bearer } = await vibemobi.member();
  for (const text of [
    "' OR 1=1--",
    "'; DROP TABLE accounts;--",
    '{{7*7}}',
    '<script>',
    '%27%20OR',
    '\u0000x'.slice(1),
  ]) {
    says(await vibemobi.logIn(text, text), no.incorrect);
    says(await vibemobi.reset(text), no.invalidToken);
    says(await vibemobi.recover(text), said.recoverySent);
    assert.equal((await vibemobi.patch('/users/me', { full_name: text }, bearer)).body.full_name, text);
  }
});

// SEC-040, SEC-083
describe('whatever is sent', async () => {
  const known = await vibemobi.superuser();
  const names = [
    'email',
    'password',
    'username',
    'full_name',
    'is_active',
    'is_superuser',
    'is_staff',
    'is_verified',
    'token',
    'new_password',
    'current_password',
    '__proto__',
    'constructor',
  ];
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 2, arbitrary: fc.constantFrom(known.email, 'nobody@example.com', 'short', '', true, 1, null) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  );
  const json = fc.oneof(
    { weight: 5, arbitrary: fc.dictionary(fc.constantFrom(...names), value) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 5 }) },
  );
  /** The account that the fuzzing signs in with goes on existing. */
  const endpoints = ENDPOINTS.filter(({ method }) => method !== 'DELETE');
  const statuses = [200, 400, 401, 403, 404, 405, 409, 422];

  function isDocumented(answer: WireAnswer): void {
    assert.ok(statuses.includes(answer.status), `${answer.status} ${answer.text}`);
    assertHeaders(answer);
    if (answer.status === 200) return;
    assert.deepEqual(Object.keys(answer.body), ['detail']);
    const { detail } = answer.body;
    assert.equal(Array.isArray(detail), answer.status === 422);
    if (answer.status !== 422) return void assert.equal(typeof detail, 'string');
    assert.ok(detail.length > 0);
    for (const item of detail) {
      assert.deepEqual(
        Object.keys(item).filter((name) => name !== 'ctx'),
        ['loc', 'msg', 'type'],
      );
      assert.ok(['body', 'query', 'path'].includes(item.loc[0]));
    }
  }

  test('as JSON, the answer is one of the documented ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...endpoints),
        json,
        fc.constantFrom(undefined, known.bearer, key, 'garbage'),
        async ({ method, path }, body, bearer) => {
          const request = { method, ...(method !== 'GET' && { json: body }), ...(bearer && { bearer }) };
          isDocumented(await vibemobi.send(path, request));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('as bytes of any content type, or as a form, it is, too', async () => {
    const types = [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'a/b',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...endpoints),
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(...types),
        async ({ method, path }, bytes, type) => {
          const headers = { 'content-type': type };
          const body = Uint8Array.from(bytes);
          const request = { method, headers, ...(method !== 'GET' && { body }) };
          isDocumented(await vibemobi.send(path, { ...request, bearer: known.bearer }));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('in a path or a query, it is, too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.webQueryParameters(), async (text, query) => {
        const part = encodeURIComponent(text.toWellFormed());
        const { bearer } = known;
        isDocumented(await vibemobi.get(`/users/${part}?${query}`, bearer));
        isDocumented(await vibemobi.get(`/users/?skip=${part}&${query}`, bearer));
        isDocumented(await vibemobi.post(`/password-recovery/${part}`));
      }),
      { numRuns: 50 },
    );
  });
});
