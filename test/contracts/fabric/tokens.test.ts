import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { HttpSink } from '../../delivery/http-sink.ts';
import { operator } from '../../support/operator.ts';
import { type Claims, claimsOf, HOUR, ME, no, SECOND, says, start } from './driver.ts';

const fabric = await start();
const { app, clock } = fabric.server;
const guest = await fabric.guest();
const { access, refresh } = guest;
const [head = '', body = '', signature = ''] = access.split('.');

const encoded = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** A token that says what a test wants, signed with the server's own key unless told otherwise. */
function forge(
  claims: unknown,
  {
    header = { alg: 'HS256', typ: 'JWT' } as unknown,
    key = app.keys('jwt:fabric:access'),
    hash = 'sha256',
  } = {},
): string {
  const signed = `${encoded(header)}.${encoded(claims)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}

const genuine: Claims = claimsOf(access);
const authorised = (authorization: string) => fabric.send(ME, { headers: { authorization } });

describe('the Authorization header', () => {
  test('takes the scheme in any case', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) {
      assert.equal((await authorised(`${scheme} ${access}`)).status, 200, scheme);
    }
  });

  test('missing, or of another scheme, is no credential at all', async () => {
    says(await fabric.me(), no.noCredentials);
    for (const header of [
      '',
      access,
      `Basic ${Buffer.from('ada:secret').toString('base64')}`,
      `Token ${access}`,
      `JWT ${access}`,
      `Bearer${access}`,
      `Bearer_ ${access}`,
      'alice',
    ]) {
      says(await authorised(header), no.noCredentials);
    }
  });

  // SEC-051
  test('of a shape that no token has is an invalid token, never an error and never a user', async () => {
    for (const header of [
      'Bearer',
      'Bearer ',
      'Bearer alice',
      `Bearer\t${access}`,
      `Bearer ${access} ${access}`,
      `Bearer ${access},Bearer ${access}`,
      `Bearer "${access}"`,
      `Bearer ${access.slice(0, 40)} ${access.slice(40)}`,
      `Bearer ${access}\u00e9`,
      "Bearer a.' OR 1=1--",
      'Bearer a.b.c',
      'Bearer ..',
      'Bearer null',
      `Bearer ${'x'.repeat(8_000)}`,
      `Bearer ${head}.${'x'.repeat(5_000)}.${signature}`,
    ]) {
      says(await authorised(header), no.badToken);
    }
  });

  test('sent twice is refused, even if both are right', async () => {
    const line = `Authorization: Bearer ${access}\r\n`;
    for (const lines of [
      line + line,
      `${line}Authorization: Basic x\r\n`,
      `Authorization: Bearer x\r\n${line}`,
    ]) {
      const answer = await fabric.raw(`GET ${ME} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n`);
      assert.match(answer, /^HTTP\/1\.1 401 /);
      assert.match(answer, /\r\nwww-authenticate: Bearer\r\n/);
      assert.match(answer, /\{"detail":"Invalid token\."\}$/);
    }
  });

  // SEC-054
  test('of a hundred kilobytes is cut off without an answer of ours', async () => {
    const request = `GET ${ME} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'x'.repeat(100_000)}\r\n\r\n`;
    const answer = await fabric.raw(request).catch(() => 'reset');
    assert.match(answer, /^(HTTP\/1\.1 431 |reset)/);
    assert.equal((await fabric.me(access)).status, 200);
  });
});

describe('an access token', () => {
  test('works to the last millisecond of its hour and not at its end, seen before or not', async () => {
    const [seen, unseen] = [await fabric.guest(), await fabric.guest()];
    clock.advance(HOUR - 1);
    assert.equal((await fabric.me(seen.access)).status, 200);
    clock.advance(1);
    says(await fabric.me(seen.access), no.expiredToken);
    says(await fabric.me(unseen.access), no.expiredToken);
    clock.advance(-HOUR);
  });

  test('is not a refresh token, and a refresh token is not one', async () => {
    says(await fabric.me(refresh), no.wrongTokenKind);
    says(await fabric.refresh(access), no.badRefresh);
  });

  test('a refresh token whose time is over, or that was tampered with, is just invalid', async () => {
    const stale = forge(
      { ...claimsOf(refresh), exp: clock.now() / SECOND },
      { key: app.keys('jwt:fabric:refresh') },
    );
    says(await fabric.me(stale), no.badToken);
    says(await fabric.me(`${refresh.slice(0, -4)}AAAA`), no.badToken);
  });

  test('is seen to be revoked by the very next request', async () => {
    const { account, access: doomed } = await fabric.guest();
    assert.equal((await fabric.me(doomed)).status, 200);
    await app.admin.revokeSessions({ actor: operator, account });
    says(await fabric.me(doomed), no.badToken);
    // SEC-053: not by any other spelling either.
    for (const spelling of [`${doomed}=`, `${doomed}%3D`, doomed.replace('.', '%2E')]) {
      says(await fabric.me(spelling), no.badToken);
    }
  });

  test('that was revoked and is over is over', async () => {
    const { account, access: doomed } = await fabric.guest();
    await app.admin.revokeSessions({ actor: operator, account });
    clock.advance(HOUR);
    says(await fabric.me(doomed), no.expiredToken);
    clock.advance(-HOUR);
  });
});

describe('a forged token', () => {
  test('the forgery of these tests is a good one: with the true claims it is accepted', async () => {
    assert.equal((await fabric.me(forge(genuine))).status, 200);
  });

  // SEC-046
  test('cannot choose its algorithm', async () => {
    const algorithms = [
      'none',
      'None',
      'nOnE',
      '',
      'HS384',
      'HS512',
      'RS256',
      'ES256',
      'PS256',
      'EdDSA',
      'hs256',
    ];
    for (const alg of [...algorithms, ['HS256'], null, 256, undefined]) {
      const header = { alg, typ: 'JWT' };
      const signed = `${encoded(header)}.${body}`;
      says(await fabric.me(`${signed}.`), no.badToken);
      says(await fabric.me(`${signed}.${signature}`), no.badToken);
      says(await fabric.me(forge(genuine, { header })), no.badToken);
    }
    for (const hash of ['sha384', 'sha512']) {
      const header = { alg: hash.replace('sha', 'HS'), typ: 'JWT' };
      says(await fabric.me(forge(genuine, { header, hash })), no.badToken);
    }
  });

  test('cannot be of another shape', async () => {
    const json = JSON.stringify({ payload: body, protected: head, signature });
    for (const token of [
      `${head}.${body}`,
      `${head}.${body}.`,
      `.${body}.${signature}`,
      `${head}..${signature}`,
      `${head}.${body}.${signature}.`,
      `${head}.${body}.${signature}.${signature}.${signature}`,
      encoded(json),
    ]) {
      says(await fabric.me(token), no.badToken);
    }
    for (const header of [
      { alg: 'HS256', typ: 'JWT', crit: ['exp'] },
      { alg: 'HS256', typ: 'JWT', crit: ['bork'], bork: true },
      { alg: 'HS256', typ: 'JWT', b64: false, crit: ['b64'] },
      { alg: 'HS256', typ: 'at+jwt' },
      { alg: 'HS256' },
      'not json',
      '[]',
      'null',
    ]) {
      says(await fabric.me(forge(genuine, { header })), no.badToken);
    }
    for (const claims of ['not json', '[]', 'null', '7']) says(await fabric.me(forge(claims)), no.badToken);
  });

  // SEC-047, SEC-048
  test('cannot bring its own key, and nothing is fetched or read for it', async (t) => {
    const sink = await HttpSink.start();
    t.after(() => sink.close());
    const url = `http://${sink.host}/key`;
    const key = Buffer.alloc(32, 1);
    const jwk = { kty: 'oct', k: key.toString('base64url') };
    for (const own of [
      { jku: url },
      { x5u: url },
      { jwk },
      { x5c: [key.toString('base64')] },
      { kid: url },
      { kid: '../../../../dev/null' },
      { kid: "' OR 1=1--" },
      { kid: ['a'] },
      { kid: 'k'.repeat(600) },
    ]) {
      says(
        await fabric.me(forge(genuine, { header: { alg: 'HS256', typ: 'JWT', ...own }, key })),
        no.badToken,
      );
    }
    says(await fabric.me(forge(genuine, { key: Buffer.alloc(0) })), no.badToken);
    assert.deepEqual(sink.received, []);
  });

  // SEC-049
  test('must carry every claim, and each as it should be', async () => {
    const without = (name: keyof Claims) => ({ ...genuine, [name]: undefined });
    const now = clock.now() / SECOND;
    for (const claims of [
      without('exp'),
      without('iat'),
      without('sub'),
      without('sid'),
      without('jti'),
      without('iss'),
      without('aud'),
      { ...genuine, exp: String(genuine.exp) },
      { ...genuine, exp: null },
      { ...genuine, exp: genuine.exp + 0.5 },
      { ...genuine, exp: true },
      { ...genuine, iat: 'now' },
      { ...genuine, iat: -1 },
      { ...genuine, nbf: now + 60 },
      { ...genuine, nbf: 'soon' },
      { ...genuine, iss: [genuine.iss] },
      { ...genuine, iss: `${genuine.iss}.evil.example` },
      { ...genuine, iss: `${genuine.iss}/` },
      { ...genuine, iss: 7 },
      { ...genuine, aud: [genuine.aud] },
      { ...genuine, aud: 'fabri' },
      { ...genuine, aud: 'vibemobi' },
      { ...genuine, aud: '' },
      { ...genuine, sid: '' },
      { ...genuine, sid: "' OR 1=1--" },
      { ...genuine, sid: randomUUID() },
    ]) {
      says(await fabric.me(forge(claims)), no.badToken);
    }
    const endless = JSON.stringify(genuine).replace(/"exp":\d+/, '"exp":1e400');
    says(await fabric.me(forge(endless)), no.badToken);
    says(await fabric.me(forge({ ...genuine, exp: now })), no.expiredToken);
    for (const sub of ['', `${genuine.sub} `, randomUUID()]) {
      says(await fabric.me(forge({ ...genuine, sub })), no.userGone);
    }
    for (const exp of [0, -1]) says(await fabric.me(forge({ ...genuine, exp })), no.expiredToken);
  });

  test('names its account and its session by texts and nothing else', async () => {
    for (const sub of [7, true, [genuine.sub], { id: genuine.sub }]) {
      says(await fabric.me(forge({ ...genuine, sub })), no.badToken);
    }
    for (const sid of [7, [genuine.sid], { id: genuine.sid }]) {
      says(await fabric.me(forge({ ...genuine, sid })), no.badToken);
    }
  });

  test('is not from the future, but for the minute that a clock may be set back', async () => {
    const now = clock.now() / SECOND;
    assert.equal((await fabric.me(forge({ ...genuine, iat: now + 60 }))).status, 200);
    says(await fabric.me(forge({ ...genuine, iat: now + 61 })), no.badToken);
  });

  // SEC-050
  test('of another server, contract or kind opens nothing here', async () => {
    says(await fabric.me(forge({ ...genuine, iss: 'http://127.0.0.1:9000' })), no.badToken);
    for (const purpose of [
      'jwt:vibemobi:access',
      'jwt:ibanera:access',
      'challenge-code',
      'outbox',
    ] as const) {
      says(await fabric.me(forge(genuine, { key: app.keys(purpose) })), no.badToken);
    }
    says(await fabric.refresh(forge(claimsOf(refresh))), no.badRefresh);
    const asRefresh = forge(
      { ...claimsOf(refresh), iss: 'http://127.0.0.1:9000' },
      {
        key: app.keys('jwt:fabric:refresh'),
      },
    );
    says(await fabric.refresh(asRefresh), no.badRefresh);
  });

  test('cannot borrow the session of another account or contract', async () => {
    const other = await fabric.guest();
    says(await fabric.me(forge({ ...genuine, sid: claimsOf(other.access).sid })), no.badToken);
    const sid = randomUUID();
    await app.storage.sessions.create({
      id: sid,
      accountId: guest.account.id,
      contract: 'notes',
      epoch: guest.account.epoch,
      authenticatedAt: 0,
      methods: ['pwd'],
      createdAt: clock.now(),
      expiresAt: clock.now() + HOUR,
    });
    says(await fabric.me(forge({ ...genuine, sid })), no.badToken);
  });

  test('believes nothing that a claim says about the account', async () => {
    const other = await fabric.guest();
    const claims = {
      ...genuine,
      user_id: other.account.id.replaceAll('-', ''),
      email: other.email,
      is_superuser: true,
    };
    assert.equal((await fabric.me(forge(claims))).body.id, guest.account.id);
  });

  // SEC-053
  test('cannot be the genuine one, respelled', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(signature.slice(-1));
    // The last character has two bits that say nothing: three other characters decode to the same bytes.
    const respelled = [1, 2, 3].map((bits) => `${signature.slice(0, -1)}${alphabet[last ^ bits]}`);
    const dashed = `${head}.${body}.${signature.replaceAll('-', '+').replaceAll('_', '/')}`;
    for (const token of [
      ...respelled.map((spelling) => `${head}.${body}.${spelling}`),
      `${access}=`,
      `${access}==`,
      `${head}=.${body}.${signature}`,
      `${head}.${body}=.${signature}`,
      ...(dashed === access ? [] : [dashed]),
    ]) {
      says(await fabric.me(token), no.badToken);
    }
    const flipped = body.slice(0, -2) + (body.endsWith('AA') ? 'BB' : 'AA');
    says(await fabric.me(`${head}.${flipped}.${signature}`), no.badToken);
    says(await fabric.me(`${encoded({ typ: 'JWT', alg: 'HS256' })}.${body}.${signature}`), no.badToken);
  });
});
