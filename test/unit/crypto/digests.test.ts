import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { digest, digestsEqual, keyedDigest } from '../../../src/crypto/digests.ts';

test('a digest is SHA-256, of texts and bytes alike', () => {
  // FIPS 180-2, B.1.
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.equal(digest('abc').toString('hex'), abc);
  assert.equal(digest(Buffer.from('abc')).toString('hex'), abc);
});

describe('a keyed digest', () => {
  const key = randomBytes(32);

  test('is HMAC-SHA256 over its parts, each with its length', () => {
    const expected = createHmac('sha256', key).update('2:ab;4:é☃'.replace('4:', '5:')).update(';').digest();
    assert.deepEqual(keyedDigest(key, 'ab', 'é☃'), expected);
  });

  test('tells parts apart, wherever the line between them is drawn', () => {
    const parts = fc.array(fc.string({ unit: fc.constantFrom('a', '1', ':', ';', '2') }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const same = left.length === right.length && left.every((part, index) => part === right[index]);
        assert.equal(digestsEqual(keyedDigest(key, ...left), keyedDigest(key, ...right)), same);
      }),
    );
    assert.notDeepEqual(keyedDigest(key, 'ab', 'c'), keyedDigest(key, 'a', 'bc'));
    assert.notDeepEqual(keyedDigest(key, 'abc'), keyedDigest(key, 'abc', ''));
    assert.notDeepEqual(keyedDigest(key, '1:a;1:b'), keyedDigest(key, 'a', 'b'));
  });

  test('is another under another key', () => {
    assert.notDeepEqual(keyedDigest(key, 'code'), keyedDigest(randomBytes(32), 'code'));
  });
});

test('digests are equal when every byte is, and never when their lengths differ', () => {
  const bytes = randomBytes(32);
  assert.equal(digestsEqual(bytes, Uint8Array.from(bytes)), true);
  for (let index = 0; index < 32; index += 1) {
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.equal(digestsEqual(bytes, changed), false);
  }
  assert.equal(digestsEqual(bytes, bytes.subarray(0, 31)), false);
  assert.equal(digestsEqual(bytes.subarray(0, 31), bytes), false);
  assert.equal(digestsEqual(new Uint8Array(), bytes), false);
});
