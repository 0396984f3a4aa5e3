import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Grant, type JwtFormatOptions, jwtFormat } from '../../../src/core/session/index.ts';
import { createKeyRing } from '../../../src/crypto/keys.ts';
import { forge, respelled } from '../crypto/forge.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const keys = createKeyRing(randomBytes(32));

const options: JwtFormatOptions = {
  contract: 'fabric',
  issuer: 'https://auth.example',
  accessMs: 10 * MINUTE,
  refreshMs: 24 * HOUR,
  keys,
  contractClaims: ({ accountId }, type) => ({ user_id: accountId.replaceAll('-', ''), type }),
};
const format = await jwtFormat(options);

function newGrant(change: Partial<Grant> = {}): Grant {
  return {
    accountId: randomUUID(),
    sessionId: randomUUID(),
    handle: randomBytes(32),
    issuedAt: NOW,
    sessionExpiresAt: NOW + 30 * 24 * HOUR,
    ...change,
  };
}

const claimsOf = (token = '') =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown> & {
    jti?: unknown;
    exp?: unknown;
  };

const refused = (code: string) => ({ name: 'AuthError', code });

describe('writing', () => {
  test('is a pure function of the grant: the same bytes on every process', async () => {
    const grant = newGrant();
    const elsewhere = await jwtFormat({ ...options });
    assert.deepEqual(await format.write(grant), await format.write({ ...grant }));
    assert.deepEqual(await format.write(grant), await elsewhere.write(grant));
  });

  test('says who, which session, since when and until when', async () => {
    const grant = newGrant({ issuedAt: NOW + 999 });
    const { access, accessExpiresAt, refresh, refreshExpiresAt } = await format.write(grant);
    const common = {
      iss: 'https://auth.example',
      aud: 'fabric',
      sub: grant.accountId,
      sid: grant.sessionId,
      user_id: grant.accountId.replaceAll('-', ''),
      iat: NOW / 1000,
    };
    const { jti, ...rest } = claimsOf(access);
    assert.deepEqual(rest, { ...common, type: 'access', exp: NOW / 1000 + 600 });
    assert.deepEqual(claimsOf(refresh), {
      ...common,
      type: 'refresh',
      exp: NOW / 1000 + 86_400,
      jti: grant.handle.toString('base64url'),
    });
    assert.deepEqual([accessExpiresAt, refreshExpiresAt], [NOW + 999 + 10 * MINUTE, NOW + 999 + 24 * HOUR]);
    assert.match(String(jti), /^[A-Za-z0-9_-]{16,}$/);
  });

  test('gives the access token nothing that the refresh token could be made of', async () => {
    const grant = newGrant();
    const { access } = await format.write(grant);
    for (const encoding of ['base64url', 'base64', 'hex'] as const) {
      assert.ok(!JSON.stringify(claimsOf(access)).includes(grant.handle.toString(encoding).slice(0, 12)));
    }
    const other = await format.write({ ...grant, handle: randomBytes(32) });
    assert.notEqual(claimsOf(other.access).jti, claimsOf(access).jti);
  });

  // SEC-060
  test('makes no token that outlives its session', async () => {
    const sessionExpiresAt = NOW + MINUTE;
    const written = await format.write(newGrant({ sessionExpiresAt }));
    assert.deepEqual(
      [written.accessExpiresAt, written.refreshExpiresAt],
      [sessionExpiresAt, sessionExpiresAt],
    );
    assert.equal(claimsOf(written.access).exp, sessionExpiresAt / 1000);
    assert.equal(claimsOf(written.refresh).exp, sessionExpiresAt / 1000);
  });

  test('makes no refresh token for a contract that knows none', async () => {
    const without = await jwtFormat({ ...options, refreshMs: 0 });
    const written = await without.write(newGrant());
    assert.deepEqual(Object.keys(written).toSorted(), ['access', 'accessExpiresAt', 'issuedAt']);
    assert.equal(without.refreshMs, 0);
  });

  test('lets a contract add claims, and not change the ones that count', async () => {
    const greedy = await jwtFormat({
      ...options,
      contractClaims: () => ({
        iss: 'x',
        aud: 'x',
        sub: 'x',
        sid: 'x',
        jti: 'x',
        iat: 1,
        exp: 9e9,
        extra: 1,
      }),
    });
    const grant = newGrant();
    const { access } = await greedy.write(grant);
    const { jti, extra, ...rest } = claimsOf(access);
    assert.deepEqual(rest, {
      iss: 'https://auth.example',
      aud: 'fabric',
      sub: grant.accountId,
      sid: grant.sessionId,
      iat: NOW / 1000,
      exp: NOW / 1000 + 600,
    });
    assert.deepEqual([extra, jti === 'x'], [1, false]);
  });
});

describe('reading an access token', () => {
  test('tells account and session, the first time and every time', async () => {
    const grant = newGrant();
    const { access } = await format.write(grant);
    for (let time = 0; time < 3; time += 1) {
      const { accountId, sessionId } = await format.readAccess(access, NOW + time);
      assert.deepEqual([accountId, sessionId], [grant.accountId, grant.sessionId]);
    }
  });

  // SEC-054
  test('that was read before still honours its expiry', async () => {
    const { access } = await format.write(newGrant());
    await format.readAccess(access, NOW);
    await format.readAccess(access, NOW + 10 * MINUTE - 1);
    await assert.rejects(format.readAccess(access, NOW + 10 * MINUTE), refused('token_expired'));
    await assert.rejects(format.readAccess(access, NOW + HOUR), refused('token_expired'));
    await format.readAccess(access, NOW);
  });

  test('that is seen for the first time after its expiry is expired too, at the same instant', async () => {
    const [early, late] = [await format.write(newGrant()), await format.write(newGrant())];
    await format.readAccess(early.access, NOW + 10 * MINUTE - 1);
    await assert.rejects(format.readAccess(late.access, NOW + 10 * MINUTE), refused('token_expired'));
  });

  // SEC-053
  test('in another spelling is refused, though the right one was read before', async () => {
    const { access } = await format.write(newGrant());
    await format.readAccess(access, NOW);
    for (const token of [...respelled(access), `${access}=`, ` ${access}`, `${access}\n`]) {
      await assert.rejects(format.readAccess(token, NOW), refused('token_invalid'));
    }
  });

  // SEC-050
  test('of another contract, issuer or deployment is refused', async () => {
    for (const change of [
      { contract: 'notes' },
      { issuer: 'https://other.example' },
      { keys: createKeyRing(randomBytes(32)) },
    ]) {
      const { access, refresh = '' } = await (await jwtFormat({ ...options, ...change })).write(newGrant());
      await assert.rejects(format.readAccess(access, NOW), refused('token_invalid'));
      await assert.rejects(format.readAccess(refresh, NOW), refused('token_invalid'));
      await assert.rejects(format.readRefresh(refresh, NOW), refused('token_invalid'));
    }
  });

  // SEC-050
  test('finds out a refresh token in its place, and only a genuine one', async () => {
    const { refresh = '' } = await format.write(newGrant());
    await assert.rejects(format.readAccess(refresh, NOW), refused('token_wrong_kind'));
    await assert.rejects(format.readAccess(refresh, NOW + 25 * HOUR), refused('token_invalid'));
    const [changed] = respelled(refresh);
    await assert.rejects(format.readAccess(changed ?? '', NOW), refused('token_invalid'));
  });

  // SEC-049
  test('whose claims are no texts is refused like any other', async () => {
    const { access } = await format.write(newGrant());
    const header = { alg: 'HS256', typ: 'JWT' };
    for (const odd of [
      { sub: 7 },
      { sub: ['a'] },
      { sub: null },
      { sid: 7 },
      { sid: ['a'] },
      { sid: {} },
      { jti: 7 },
    ]) {
      const token = forge(header, { ...claimsOf(access), ...odd }, keys('jwt:fabric:access'));
      await assert.rejects(format.readAccess(token, NOW), refused('token_invalid'), JSON.stringify(odd));
    }
  });
});

describe('reading a refresh token', () => {
  test('gives the handle inside', async () => {
    const grant = newGrant();
    const { refresh = '' } = await format.write(grant);
    assert.deepEqual(await format.readRefresh(refresh, NOW), grant.handle);
  });

  test('ends with its expiry', async () => {
    const { refresh = '' } = await format.write(newGrant());
    await format.readRefresh(refresh, NOW + 24 * HOUR - 1);
    await assert.rejects(format.readRefresh(refresh, NOW + 24 * HOUR), refused('token_expired'));
  });

  // SEC-060
  test('refuses an access token in its place', async () => {
    const { access } = await format.write(newGrant());
    await assert.rejects(format.readRefresh(access, NOW), refused('token_invalid'));
  });

  test('refuses a handle that is none, though it is signed', async () => {
    const { refresh = '' } = await format.write(newGrant());
    const header = { alg: 'HS256', typ: 'JWT' };
    for (const jti of [
      '',
      'x',
      randomBytes(31).toString('base64url'),
      randomBytes(33).toString('base64url'),
      7,
      null,
      [],
    ]) {
      const token = forge(header, { ...claimsOf(refresh), jti }, keys('jwt:fabric:refresh'));
      await assert.rejects(format.readRefresh(token, NOW), refused('token_invalid'), JSON.stringify(jti));
    }
  });
});
