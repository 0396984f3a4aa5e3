import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import { forge } from '../../unit/crypto/forge.ts';
import {
  claimsOf,
  DAY,
  ENDPOINTS,
  type Endpoint,
  fabricSays,
  JSON_TYPE,
  NOBODY,
  no,
  PREFIXES,
  partsOf,
  SECOND,
  says,
  start,
  user,
} from './driver.ts';

const vibemobi = await start();
const { fabric, server } = vibemobi;
const asked = ENDPOINTS.filter(({ who }) => who === 'bearer' || who === 'superuser');

/** Enough to get past the reading of the body; wrong in everything else. */
const request = ({ method, required }: Endpoint) => ({ method, ...(required && { json: {} }) });

describe('an access token', () => {
  test('is a JWT of HS256 with the documented claims, and ours, and lives eight days', async () => {
    const { bearer, id } = await vibemobi.member();
    const [header, claims] = partsOf(bearer);
    assert.equal(JSON.stringify(header), '{"alg":"HS256","typ":"JWT"}');
    assert.deepEqual(Object.keys(claims as object).sort(), ['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
    const { exp, iat, sub, iss, aud, sid, jti } = claimsOf(bearer);
    const now = server.clock.now() / SECOND;
    assert.deepEqual(
      { exp, iat, sub, iss, aud },
      {
        exp: now + (8 * DAY) / SECOND,
        iat: now,
        sub: id,
        iss: 'http://127.0.0.1:8000',
        aud: 'vibemobi',
      },
    );
    for (const text of [sid, jti]) assert.ok(text.length > 15);
  });

  test('is not the same twice, even in the same second', async () => {
    const { bearer, email } = await vibemobi.member();
    assert.notEqual(await vibemobi.session(email), bearer);
  });

  test('works until its last second and not longer', async () => {
    const { bearer, email, id } = await vibemobi.member();
    server.clock.advance(8 * DAY - SECOND);
    says(await vibemobi.get('/users/me', bearer), [200, user({ email, id })]);
    server.clock.advance(SECOND);
    says(await vibemobi.get('/users/me', bearer), no.badCredentials);
  });

  test('lives as long as the operator says', async () => {
    const short = await start({ env: { LATCHKEY_VIBEMOBI_ACCESS_LIFETIME: '15m' } });
    const { bearer } = await short.member();
    const { exp, iat } = claimsOf(bearer);
    assert.equal(exp - iat, 15 * 60);
  });

  test('is shown its user by test-token, under each prefix', async () => {
    const { bearer, email, id } = await vibemobi.member({ username: 'Test.Token' });
    for (const prefix of PREFIXES) {
      const answer = await fabric.send(`${prefix}/login/test-token`, { method: 'POST', bearer });
      says(answer, [200, user({ email, id, username: 'Test.Token' })]);
    }
  });
});

describe('the scheme', () => {
  test('is compared in any case', async () => {
    const { bearer, email, id } = await vibemobi.member();
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) {
      const headers = { authorization: `${scheme} ${bearer}` };
      says(await vibemobi.send('/users/me', { headers }), [200, user({ email, id })]);
    }
  });

  test('that is absent, empty or another one is no authentication, at every endpoint', async () => {
    const { bearer } = await vibemobi.member();
    const headers = [
      {},
      { authorization: '' },
      { authorization: 'Bearer' },
      { authorization: 'Bearer ' },
      { authorization: 'bearer   ' },
      { authorization: 'Basic YTpi' },
      { authorization: `Token ${bearer}` },
      { authorization: bearer },
      { authorization: `Bearer${bearer}` },
    ] as const;
    for (const endpoint of asked) {
      for (const sent of headers) {
        says(
          await vibemobi.send(endpoint.path, { ...request(endpoint), headers: { ...JSON_TYPE, ...sent } }),
          no.notAuthenticated,
        );
      }
    }
  });
});

describe('a bearer is refused', () => {
  test('when it is garbage, expired, revoked, changed or forged, at every endpoint', async () => {
    const old = await vibemobi.member();
    server.clock.advance(8 * DAY);
    const { bearer, account } = await vibemobi.member();
    const ended = await vibemobi.member();
    await server.app.admin.revokeSessions({ actor: operator, account: ended.account });
    const claims = claimsOf(bearer);
    const [head = '', body = '', signature = ''] = bearer.split('.');
    const tokens = [
      'garbage',
      'a.b.c',
      'two words',
      'x'.repeat(5_000),
      old.bearer,
      ended.bearer,
      `${head}.${body}.`,
      `${head}.${body}`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      forge({ alg: 'none', typ: 'JWT' }, claims, ''),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`,
      forge({ alg: 'HS256', typ: 'JWT' }, claims, 'secret'),
      forge({ alg: 'HS256', typ: 'JWT' }, { exp: claims.exp, sub: account.id }, 'changethis'),
    ];
    for (const endpoint of asked) {
      for (const token of tokens) {
        const answer = await vibemobi.send(endpoint.path, { ...request(endpoint), bearer: token });
        says(answer, no.badCredentials);
      }
    }
  });

  // SEC-049
  test('when another contract issued it, both ways', async () => {
    const { email, bearer } = await vibemobi.member();
    const { access, refresh } = await fabric.enter(email);
    for (const token of [access, refresh]) {
      for (const endpoint of asked) {
        says(await vibemobi.send(endpoint.path, { ...request(endpoint), bearer: token }), no.badCredentials);
      }
    }
    says(await fabric.me(bearer), fabricSays.badToken);
    says(await fabric.refresh(bearer), fabricSays.badRefresh);
  });

  test('when it is a recovery token, and no bearer resets a password', async () => {
    const { email, bearer } = await vibemobi.member();
    const token = await vibemobi.recoveryToken(email);
    for (const text of [token, token.slice(32)]) {
      says(await vibemobi.get('/users/me', text), no.badCredentials);
    }
    says(await vibemobi.reset(bearer), no.invalidToken);
    says(await vibemobi.reset(claimsOf(bearer).jti), no.invalidToken);
  });

  test('with 404 when its account is deleted, and with 400 when it is inactive', async () => {
    const [gone, off] = [await vibemobi.member(), await vibemobi.member()];
    await server.app.admin.deleteAccount({ actor: operator, account: gone.account });
    await server.app.admin.disableAccount({ actor: operator, account: off.account });
    for (const endpoint of asked) {
      const { path } = endpoint;
      says(await vibemobi.send(path, { ...request(endpoint), bearer: gone.bearer }), no.userNotFound);
      says(await vibemobi.send(path, { ...request(endpoint), bearer: off.bearer }), no.inactive);
    }
  });
});

describe('the order of checks', () => {
  const broken = { body: '{"email":', headers: JSON_TYPE };
  const reading = ENDPOINTS.filter(({ required, who }) => required !== undefined && who !== 'trusted');

  test('begins with the syntax of JSON, whoever asks', async () => {
    const { bearer } = await vibemobi.member();
    for (const { method, path } of reading) {
      for (const more of [{}, { bearer: 'garbage' }, { bearer }]) {
        const { status, body } = await vibemobi.send(path, { method, ...broken, ...more });
        assert.deepEqual([status, body.detail[0].type], [422, 'value_error.jsondecode'], path);
      }
    }
  });

  test('has the bearer second, the rights third, path and body together fourth, and the rule last', async () => {
    const [ordinary, root] = [await vibemobi.member(), await vibemobi.superuser()];
    for (const endpoint of asked) {
      const { method, required } = endpoint;
      const needsRights = endpoint.who === 'superuser';
      const hasPath = endpoint.path.includes(NOBODY);
      const isList = method === 'GET' && endpoint.path === '/users';
      if (required === undefined && !hasPath && !isList) continue;
      const path = isList ? '/users?skip=x' : endpoint.path.replace(NOBODY, 'no-uuid');
      const wrong = { method, ...(required && { json: { email: [], current_password: [], password: [] } }) };
      says(await vibemobi.send(path, wrong), no.notAuthenticated);
      const asOrdinary = await vibemobi.send(path, { ...wrong, bearer: ordinary.bearer });
      if (needsRights) says(asOrdinary, no.noPrivileges);
      else assert.equal(asOrdinary.status, 422);
      const { status, body } = await vibemobi.send(path, { ...wrong, bearer: root.bearer });
      assert.equal(status, 422);
      const places = body.detail.map(({ loc }: { loc: string[] }) => loc[0]);
      const expected = [
        ...(hasPath ? ['path'] : []),
        ...(required ? ['body'] : []),
        ...(isList ? ['query'] : []),
      ];
      assert.deepEqual([...new Set(places)], expected);
    }
  });

  test('looks at no body where none is declared', async () => {
    const { bearer, email, id } = await vibemobi.member();
    const me = [200, user({ email, id })] as const;
    says(await vibemobi.send('/login/test-token', { method: 'POST', bearer, ...broken }), me);
    const headers = { 'content-type': 'text/plain' };
    says(await vibemobi.send('/login/test-token', { method: 'POST', bearer, body: 'x', headers }), me);
  });
});
