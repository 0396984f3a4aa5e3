import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  badField,
  COMMON_PASSWORD,
  type Complaint,
  complaints,
  ENDPOINTS,
  type Expected,
  invalid,
  item,
  JSON_TYPE,
  missing,
  NOBODY,
  no,
  OTHER_PASSWORD,
  PASSWORD,
  said,
  says,
  start,
  user,
} from './driver.ts';

const key = '3f0c5a9d71be4f2c8d6e09b47a52c1e8';
const vibemobi = await start({ env: { LATCHKEY_PRIVATE_KEYS: key } });
const root = await vibemobi.superuser();
const target = await vibemobi.member();
const reading = ENDPOINTS.filter(({ required }) => required !== undefined);
const { atLeast, atMost } = complaints;

const bearerFor = (path: string) => (path.startsWith('/private') ? key : root.bearer);

type Case = readonly [value: unknown, complaint: Complaint];

const notTexts: readonly Case[] = [[], ['a'], {}, { a: 1 }].map((value) => [value, complaints.text]);
const isNull: Case = [null, complaints.none];
const sevenAstral = '\u{1f511}\u{10330}\u{1d518}\u{1f600}\u{2070e}\u{10400}\u{1f9e9}';

/** What is refused as a value of each kind of field, and how. */
const kinds = {
  text: notTexts,
  requiredText: [...notTexts, isNull],
  email: [
    ...notTexts,
    ...[
      '',
      'ada',
      'ada@',
      '@example.com',
      'ada@example',
      'a b@example.com',
      'ada@@example.com',
      'ada@.com',
    ].map((value): Case => [value, complaints.email]),
    [17, complaints.email],
    [true, complaints.email],
    ['ada@example.com\r\nBcc: eve@example.com', complaints.email],
  ],
  requiredEmail: [isNull],
  password: [
    ...notTexts,
    ['', atLeast(8)],
    ['zQ7-vX!', atLeast(8)],
    [1234567, atLeast(8)],
    [true, atLeast(8)],
    // 14 UTF-16 code units, 28 bytes.
    [sevenAstral, atLeast(8)],
    ['zQ7-vX!5'.repeat(5).concat('x'), atMost(40)],
    ['\u{1f511}'.repeat(41), atMost(40)],
    [COMMON_PASSWORD, complaints.common],
    // A number becomes a text, and is judged as one.
    [12345678, complaints.common],
  ],
  requiredPassword: [isNull],
  anyPassword: [...notTexts, isNull, ['', atLeast(1)], ['x'.repeat(1025), atMost(1024)]],
  username: [
    ...notTexts,
    ['', atLeast(3)],
    ['ab', atLeast(3)],
    ['\u{1f511}\u{1f511}', atLeast(3)],
    ['x'.repeat(51), atMost(50)],
  ],
  boolean: [
    isNull,
    ...[2, -1, 0.5, '', 'maybe', 'truee', '2', 'null', ' true', [], [true], {}, { a: true }].map(
      (value): Case => [value, complaints.boolean],
    ),
  ],
} satisfies Record<string, readonly Case[]>;

type Kind = keyof typeof kinds;

interface Form {
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly valid: Readonly<Record<string, unknown>>;
  /** In the order of declaration. */
  readonly fields: Readonly<Record<string, readonly Kind[]>>;
}

const forms: readonly Form[] = [
  {
    method: 'POST',
    path: '/reset-password',
    valid: { token: 'x', new_password: OTHER_PASSWORD },
    fields: { token: ['requiredText'], new_password: ['password', 'requiredPassword'] },
  },
  {
    method: 'PATCH',
    path: '/users/me',
    valid: {},
    fields: { full_name: ['text'], email: ['email'] },
  },
  {
    method: 'PATCH',
    path: '/users/me/password',
    valid: { current_password: PASSWORD, new_password: OTHER_PASSWORD },
    fields: { current_password: ['requiredText'], new_password: ['password', 'requiredPassword'] },
  },
  {
    method: 'POST',
    path: '/users/signup',
    valid: { email: vibemobi.email(), password: PASSWORD },
    fields: {
      email: ['email', 'requiredEmail'],
      password: ['password', 'requiredPassword'],
      full_name: ['text'],
      username: ['text'],
    },
  },
  {
    method: 'POST',
    path: '/users',
    valid: { email: vibemobi.email(), password: PASSWORD },
    fields: {
      email: ['email', 'requiredEmail'],
      password: ['password', 'requiredPassword'],
      username: ['username'],
      is_active: ['boolean'],
      is_superuser: ['boolean'],
      is_staff: ['boolean'],
      full_name: ['text'],
    },
  },
  {
    method: 'PATCH',
    path: `/users/${target.id}`,
    valid: {},
    fields: {
      email: ['email'],
      username: ['username'],
      is_active: ['boolean'],
      is_superuser: ['boolean'],
      is_staff: ['boolean'],
      full_name: ['text'],
      password: ['password'],
    },
  },
  {
    method: 'POST',
    path: '/private/users',
    valid: { email: vibemobi.email(), password: PASSWORD, full_name: 'Ada' },
    fields: {
      email: ['email', 'requiredEmail'],
      password: ['anyPassword'],
      full_name: ['requiredText'],
      is_verified: ['boolean'],
    },
  },
];

for (const { method, path, valid, fields } of forms) {
  const shown = path.replace(target.id, '{user_id}');
  const send = (json: unknown) => vibemobi.send(path, { method, json, bearer: bearerFor(path) });

  describe(`${method} ${shown}`, () => {
    for (const [name, itsKinds] of Object.entries(fields)) {
      test(`refuses what is no ${name}, in the words of pydantic`, async () => {
        for (const kind of itsKinds) {
          for (const [value, complaint] of kinds[kind]) {
            // A reset and a change of the password look for weakness only after the rest; they have tests of their own.
            const isLate =
              complaint === complaints.common && !path.startsWith('/users/') && path !== '/users';
            if (isLate) continue;
            says(await send({ ...valid, [name]: value }), badField(name, complaint));
          }
        }
      });
    }

    test('lists every failing field once, in the order in which they are declared', async () => {
      const wrong = Object.keys(fields)
        .toReversed()
        .map((name) => [name, [name]]);
      const items = Object.entries(fields).map(([name, [kind]]) =>
        item(['body', name], kind === 'boolean' ? complaints.boolean : complaints.text),
      );
      says(await send(Object.fromEntries(wrong)), invalid(...items));
    });
  });
}

describe('every endpoint that reads JSON', () => {
  const send = (endpoint: (typeof reading)[number], more: object) =>
    vibemobi.send(endpoint.path.replace(NOBODY, target.id), {
      method: endpoint.method,
      bearer: bearerFor(endpoint.path),
      ...more,
    });

  test('lists what is missing', async () => {
    for (const endpoint of reading) {
      if (endpoint.required?.length === 0) {
        assert.equal((await send(endpoint, { json: {} })).status, 200);
        continue;
      }
      says(await send(endpoint, { json: {} }), missing(...(endpoint.required ?? [])));
    }
  });

  test('wants a body, and null is none', async () => {
    const none: Expected = invalid(item(['body'], complaints.missing));
    for (const endpoint of reading) {
      says(await send(endpoint, {}), none);
      says(await send(endpoint, { body: '', headers: JSON_TYPE }), none);
      says(await send(endpoint, { body: 'null', headers: JSON_TYPE }), none);
    }
  });

  test('wants an object', async () => {
    for (const endpoint of reading) {
      for (const body of ['[]', '[{}]', '"email"', '7', '0', 'true', 'false', '""']) {
        says(
          await send(endpoint, { body, headers: JSON_TYPE }),
          invalid(item(['body'], complaints.dictionary)),
        );
      }
    }
  });

  test('takes a body of another content type for no object', async () => {
    const body = JSON.stringify({ email: vibemobi.email(), password: PASSWORD, full_name: 'x', token: 'x' });
    for (const endpoint of reading) {
      for (const type of [
        'text/plain',
        'text/plain;charset=UTF-8',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/octet-stream',
        'text/json',
      ]) {
        says(
          await send(endpoint, { body, headers: { 'content-type': type } }),
          invalid(item(['body'], complaints.dictionary)),
        );
      }
    }
  });

  test('reads JSON however its type is spelled', async () => {
    for (const endpoint of reading) {
      for (const type of ['Application/JSON', 'application/json; charset=utf-8', 'application/json;x=y']) {
        const { body } = await send(endpoint, { body: '[]', headers: { 'content-type': type } });
        assert.deepEqual(body, { detail: [item(['body'], complaints.dictionary)] });
      }
    }
  });

  test('says where broken JSON breaks', async () => {
    for (const endpoint of reading) {
      for (const broken of ['{', '{"email":', '{"email":"x",}', "{'email':1}", '{}x', ' ', '{"a":"\t"}']) {
        const answer = await send(endpoint, { body: broken, headers: JSON_TYPE });
        const [{ loc, msg, ...rest }] = answer.body.detail;
        assert.equal(answer.status, 422);
        assert.equal(answer.body.detail.length, 1);
        assert.deepEqual(Object.keys(answer.body), ['detail']);
        assert.deepEqual(Object.keys(answer.body.detail[0]).slice(0, 3), ['loc', 'msg', 'type']);
        assert.equal(loc[0], 'body');
        assert.ok(Number.isInteger(loc[1]) && loc[1] >= 0 && loc[1] <= broken.length, `${loc}`);
        assert.equal(typeof msg, 'string');
        assert.equal(rest.type, 'value_error.jsondecode');
      }
    }
  });

  test('does not know unknown fields', async () => {
    for (const endpoint of reading) {
      const unknown = { nickname: [], is_root: 'maybe', toString: 1, hasOwnProperty: {}, number: null };
      const [bare, more] = [await send(endpoint, { json: {} }), await send(endpoint, { json: unknown })];
      assert.deepEqual([more.status, more.text], [bare.status, bare.text]);
    }
  });
});

describe('a text', () => {
  const name = async (full_name: unknown) => {
    const answer = await vibemobi.patch('/users/me', { full_name }, target.bearer);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.full_name;
  };

  test('may be sent as a number or a boolean, and is kept as Python writes it', async () => {
    for (const [value, kept] of [
      [17, '17'],
      [-1, '-1'],
      [1.5, '1.5'],
      [true, 'True'],
      [false, 'False'],
    ]) {
      assert.equal(await name(value), kept);
    }
  });

  test('is cleared by null where it is optional, in every body that has it', async () => {
    await name('Ada');
    assert.equal(await name(null), null);
    await name('Ada');
    const { bearer } = root;
    const patched = await vibemobi.patch(`/users/${target.id}`, { full_name: null, username: null }, bearer);
    says(patched, [200, user(target)]);
    for (const path of ['/users/signup', '/users']) {
      const email = vibemobi.email();
      const json = { email, password: PASSWORD, full_name: null, username: null };
      const answer = await vibemobi.post(path, json, { bearer });
      says(answer, [200, user({ email, id: answer.body.id })]);
    }
  });
});

describe('the length of a password', () => {
  test('is counted in code points: eight and forty pass, however many bytes they have', async () => {
    for (const password of [
      `${sevenAstral}\u{1f680}`,
      '\u{1f511}\u{10330}'.repeat(20),
      'zQ7-vX!5'.repeat(5),
    ]) {
      const email = vibemobi.email();
      const answer = await vibemobi.post('/users/signup', { email, password });
      says(answer, [200, user({ email, id: answer.body.id })]);
      await vibemobi.session(email, password);
    }
  });
});

describe('a weak password', () => {
  test('is told after everything else, at each endpoint that sets one', async () => {
    const [owner, other] = [await vibemobi.member({ username: 'Katherine' }), await vibemobi.member()];
    const token = await vibemobi.recoveryToken(owner.email);
    const { bearer } = root;
    const weak = [
      [COMMON_PASSWORD, complaints.common],
      [owner.email, complaints.similar],
      ['Katherine1', complaints.similar],
    ] as const;
    for (const [password, complaint] of weak) {
      says(await vibemobi.reset('nonsense', password), no.invalidToken);
      says(await vibemobi.reset(token, password), badField('new_password', complaint));
      const wrong = { current_password: 'wrong', new_password: password };
      says(await vibemobi.patch('/users/me/password', wrong, owner.bearer), no.incorrectPassword);
      const right = { current_password: PASSWORD, new_password: password };
      says(
        await vibemobi.patch('/users/me/password', right, owner.bearer),
        badField('new_password', complaint),
      );
      const own = { email: owner.email.replace('person', 'persona'), username: 'Katherine1', password };
      const taken = { ...own, email: other.email };
      says(await vibemobi.post('/users/signup', taken), no.signUpEmailTaken);
      says(await vibemobi.post('/users/signup', own), badField('password', complaint));
      says(await vibemobi.post('/users', taken, { bearer }), no.creationEmailTaken);
      says(await vibemobi.post('/users', own, { bearer }), badField('password', complaint));
      says(await vibemobi.patch(`/users/${NOBODY}`, { password }, bearer), no.patchedUnknown);
      says(
        await vibemobi.patch(`/users/${owner.id}`, { password, email: other.email }, bearer),
        no.emailConflict,
      );
      says(await vibemobi.patch(`/users/${owner.id}`, { password }, bearer), badField('password', complaint));
    }
    // Nothing of all that used the token up.
    says(await vibemobi.reset(token), said.passwordUpdated);
  });

  test('is like the full name, too', async () => {
    const json = {
      email: vibemobi.email(),
      password: 'Hypatia of Alexandria',
      full_name: 'Hypatia of Alexandria',
    };
    says(await vibemobi.post('/users/signup', json), badField('password', complaints.similar));
  });

  test('is nobody’s business at the private door and at sign-in', async () => {
    const email = vibemobi.email();
    const json = { email, password: COMMON_PASSWORD, full_name: 'Ada' };
    const answer = await vibemobi.post('/private/users', json, { bearer: key });
    says(answer, [200, user({ email, id: answer.body.id, full_name: 'Ada' })]);
    await vibemobi.session(email, COMMON_PASSWORD);
  });
});

describe('a boolean', () => {
  const set = async (is_staff: unknown) => {
    const answer = await vibemobi.patch(`/users/${target.id}`, { is_staff }, root.bearer);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.is_staff;
  };

  test('may be spelled in all the ways that pydantic reads', async () => {
    const spellings = [
      [true, 1, '1', 'true', 'True', 'TRUE', 't', 'T', 'on', 'ON', 'yes', 'Yes', 'y', 'Y'],
      [false, 0, '0', 'false', 'False', 'FALSE', 'f', 'F', 'off', 'OFF', 'no', 'No', 'n', 'N'],
    ] as const;
    for (let index = 0; index < spellings[0].length; index += 1) {
      assert.equal(await set(spellings[0][index]), true);
      assert.equal(await set(spellings[1][index]), false);
    }
  });
});

describe('a number in a query', () => {
  const list = (query: string) => vibemobi.get(`/users/?${query}`, root.bearer);
  const inQuery = (field: string, complaint: Complaint) => item(['query', field], complaint);

  test('must be a whole one', async () => {
    for (const field of ['skip', 'limit']) {
      for (const value of ['abc', '', '1.5', '1e3', '0x10', 'true', 'null', 'NaN', '1,000', '--1']) {
        says(await list(`${field}=${value}`), invalid(inQuery(field, complaints.integer)));
      }
    }
  });

  test('has a minimum and a maximum', async () => {
    says(await list('skip=-1'), invalid(inQuery('skip', complaints.notLess(0))));
    says(await list('limit=-1'), invalid(inQuery('limit', complaints.notLess(0))));
    says(await list('limit=1001'), invalid(inQuery('limit', complaints.notMore(1000))));
    says(await list(`limit=${'9'.repeat(400)}`), invalid(inQuery('limit', complaints.notMore(1000))));
    for (const query of ['limit=1000', 'limit=0', 'skip=0', `skip=${'9'.repeat(30)}`, 'skip=1&limit=1']) {
      assert.equal((await list(query)).status, 200, query);
    }
  });

  test('is listed in the order of declaration', async () => {
    says(
      await list('limit=x&skip=-3'),
      invalid(inQuery('skip', complaints.notLess(0)), inQuery('limit', complaints.integer)),
    );
  });
});

describe('a UUID in a path', () => {
  const asks = [
    ['GET', {}],
    ['PATCH', { json: {} }],
    ['DELETE', {}],
  ] as const;

  test('must be one', async () => {
    for (const [method, more] of asks) {
      for (const id of [
        'x',
        '1',
        'me!',
        NOBODY.slice(1),
        `${NOBODY}0`,
        NOBODY.replace('1', 'g'),
        '%00',
        'None',
      ]) {
        const answer = await vibemobi.send(`/users/${id}`, { method, ...more, bearer: root.bearer });
        says(answer, invalid(item(['path', 'user_id'], complaints.uuid)));
      }
    }
  });

  test('may be spelled in all the ways that Python reads', async () => {
    const { id } = target;
    for (const spelling of [
      id,
      id.toUpperCase(),
      id.replaceAll('-', ''),
      `urn:uuid:${id}`,
      encodeURIComponent(`{${id}}`),
    ]) {
      const answer = await vibemobi.get(`/users/${spelling}`, root.bearer);
      assert.deepEqual([answer.status, answer.body.id], [200, id]);
    }
  });

  test('is told together with the body, before it', async () => {
    const answer = await vibemobi.patch('/users/x', { is_active: 'maybe', email: 'x' }, root.bearer);
    says(
      answer,
      invalid(
        item(['path', 'user_id'], complaints.uuid),
        item(['body', 'email'], complaints.email),
        item(['body', 'is_active'], complaints.boolean),
      ),
    );
  });
});
