import assert from 'node:assert/strict';
import { randomBytes, randomUUID, webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { jwtFormat } from '../../src/core/session/index.ts';
import { createKeyRing } from '../../src/crypto/keys.ts';
import { forge } from '../unit/crypto/forge.ts';

const NOW = Date.UTC(2026, 0, 1, 12);

// SEC-054
test('a token is verified once, until so many others came that it was forgotten', async (t) => {
  const keys = createKeyRing(randomBytes(32));
  const options = { contract: 'fabric', issuer: 'https://auth.example', accessMs: 600_000, refreshMs: 0 };
  const format = await jwtFormat({ ...options, keys, contractClaims: () => ({}) });
  const verify = t.mock.method(webcrypto.subtle, 'verify');
  const verifications = async (token: string): Promise<number> => {
    const before = verify.mock.callCount();
    await format.readAccess(token, NOW);
    return verify.mock.callCount() - before;
  };
  const key = keys('jwt:fabric:access');
  const newToken = () => {
    const who = { sub: randomUUID(), sid: randomUUID(), jti: randomUUID() };
    const claims = { ...who, iss: options.issuer, aud: 'fabric', iat: NOW / 1000, exp: NOW / 1000 + 600 };
    return forge({ alg: 'HS256', typ: 'JWT' }, claims, key);
  };

  const token = newToken();
  assert.equal(await verifications(token), 1);
  assert.equal(await verifications(token), 0);

  // Whoever sends rubbish crowds nobody out.
  for (let index = 0; index < 2_000; index += 1) {
    const rubbish = forge({ alg: 'HS256', typ: 'JWT' }, { jti: index }, 'not the key');
    await assert.rejects(format.readAccess(rubbish, NOW), { code: 'token_invalid' });
  }
  assert.equal(await verifications(token), 0);

  for (let index = 0; index < 20_000; index += 1) await format.readAccess(newToken(), NOW);
  assert.equal(await verifications(token), 1);
  assert.equal(await verifications(token), 0);
});
