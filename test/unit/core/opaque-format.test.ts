import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type Grant, opaqueFormat } from '../../../src/core/session/index.ts';
import { digest } from '../../../src/crypto/digests.ts';
import { createKeyRing } from '../../../src/crypto/keys.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;
const options = { contract: 'notes', accessMs: 2 * HOUR, refreshMs: 20 * HOUR };
const root = randomBytes(32);
const format = opaqueFormat({ ...options, keys: createKeyRing(root) });

const grantOf = (change: Partial<Grant> = {}): Grant => ({
  accountId: randomUUID(),
  sessionId: randomUUID(),
  handle: randomBytes(32),
  issuedAt: NOW,
  sessionExpiresAt: NOW + 30 * HOUR,
  ...change,
});

test('the same grant gives the same bytes, on every process', async () => {
  const another = opaqueFormat({ ...options, keys: createKeyRing(root) });
  const grant = grantOf();
  assert.deepEqual(await format.write(grant), await another.write(grant));
  assert.deepEqual(await format.writeRefreshed(grant), await another.writeRefreshed(grant));
  assert.deepEqual(format.accessDigest(grant.handle), another.accessDigest(grant.handle));
});

test('tokens have their letter and nothing but lower hexadecimal digits', async () => {
  const grant = grantOf();
  const { access, refresh = '' } = await format.write(grant);
  assert.match(access, /^a\.[0-9a-f]{64}$/);
  assert.match(refresh, /^r\.[0-9a-f]{64}$/);
  assert.match((await format.writeRefreshed(grant)).refresh ?? '', /^d\.[0-9a-f]{32}$/);
});

test('a token is stored as what it is read as', async () => {
  const grant = grantOf();
  const { access, refresh = '' } = await format.write(grant);
  assert.deepEqual(await format.readAccess(access), digest(access));
  assert.deepEqual(format.accessDigest(grant.handle), digest(access));
  assert.deepEqual(await format.readRefresh(refresh, NOW), grant.handle);
});

test('a refresh gives no refresh token, and says nothing of one', async () => {
  const { refresh: dead = '', refreshExpiresAt } = await format.writeRefreshed(grantOf());
  assert.equal(refreshExpiresAt, undefined);
  await assert.rejects(format.readRefresh(dead, NOW), { code: 'token_invalid' });
  await assert.rejects(format.readAccess(dead), { code: 'token_invalid' });
});

test('nothing of one token stands in another, nor follows from it without the key', async () => {
  const grant = grantOf();
  const { access, refresh = '' } = await format.write(grant);
  const { refresh: dead = '' } = await format.writeRefreshed(grant);
  const elsewhere = await opaqueFormat({ ...options, keys: createKeyRing(randomBytes(32)) }).write(grant);
  assert.notEqual(elsewhere.access, access);
  const texts = [access, refresh, dead].map((token) => token.slice(2));
  for (const text of texts)
    assert.deepEqual(
      texts.filter((other) => other.includes(text)),
      [text],
    );
});

test('no token outlives its session', async () => {
  const sessionExpiresAt = NOW + HOUR;
  const { accessExpiresAt, refreshExpiresAt } = await format.write(grantOf({ sessionExpiresAt }));
  assert.deepEqual([accessExpiresAt, refreshExpiresAt], [sessionExpiresAt, sessionExpiresAt]);
  const usual = await format.write(grantOf());
  assert.deepEqual([usual.accessExpiresAt, usual.refreshExpiresAt], [NOW + 2 * HOUR, NOW + 20 * HOUR]);
});

test('a token is read as what its letter says, and in one spelling', async () => {
  const { access, refresh = '' } = await format.write(grantOf());
  for (const odd of [
    access.toUpperCase(),
    ` ${access}`,
    `${access}\n`,
    `${access}0`,
    access.slice(0, -1),
    '',
    refresh,
  ]) {
    await assert.rejects(format.readAccess(odd), { code: 'token_invalid' }, JSON.stringify(odd));
  }
  for (const odd of [refresh.toUpperCase(), `${refresh}\n`, `${refresh}0`, refresh.slice(2), '', access]) {
    await assert.rejects(format.readRefresh(odd, NOW), { code: 'token_invalid' }, JSON.stringify(odd));
  }
});
