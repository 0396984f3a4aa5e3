import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createKeyRing, type KeyPurpose } from '../../../src/crypto/keys.ts';

const purposes: readonly KeyPurpose[] = [
  'challenge-code',
  'identifier-name',
  'outbox',
  'refresh-successor',
  'jwt:fabric:access',
  'jwt:fabric:refresh',
  'jwt:notes:access',
  'jwt:fabri:caccess' as KeyPurpose,
];

// SEC-055
test('no two purposes share a key, and none is the root', () => {
  const root = randomBytes(32);
  const keys = createKeyRing(root);
  const all = [root, ...purposes.map(keys)].map((key) => key.toString('hex'));
  assert.equal(new Set(all).size, purposes.length + 1);
  for (const purpose of purposes) assert.equal(keys(purpose).byteLength, 32);
});

test('the same root gives the same keys, on every process and every time', () => {
  const root = randomBytes(48);
  const [one, other] = [createKeyRing(root), createKeyRing(Uint8Array.from(root))];
  for (const purpose of purposes) {
    assert.deepEqual(one(purpose), other(purpose));
    assert.deepEqual(one(purpose), one(purpose));
  }
});

test('another root gives other keys', () => {
  const [one, other] = [createKeyRing(randomBytes(32)), createKeyRing(randomBytes(32))];
  for (const purpose of purposes) assert.notDeepEqual(one(purpose), other(purpose));
});

// The frame of HKDF (RFC 5869) with this salt and these purposes; whoever changes it signs everybody out.
test('keys do not change from one release to the next: tokens and codes live on', () => {
  const keys = createKeyRing(Buffer.alloc(32, 7));
  assert.deepEqual(
    purposes.slice(0, 5).map((purpose) => keys(purpose).toString('hex')),
    RELEASED,
  );
});

const RELEASED: readonly string[] = [
  '9843ce889d95f1c4ae9d389e9cf5621ee6dda52776cab3b90b10dba353d835a8',
  'f78f49f19674b9cfe2a3e0bc620aeae11be3b649fa93ad6fec1ad16415905757',
  '2d77ff98311c3f569d74789103dd8d76ac16a796b6d3c82acb4d94f50524c14a',
  'a87f31444483c9a3bbd350da53011006103aad1e48b76304a6a920b4f8f23fd1',
  '404f4270a8ad9e5e26f2bcb11647155aca3081072b2709b6395da405a6d49adf',
];
