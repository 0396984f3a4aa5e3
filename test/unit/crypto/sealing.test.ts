import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '../../../src/crypto/random.ts';
import { createSealing } from '../../../src/crypto/sealing.ts';

const sealing = createSealing(randomBytes(32), systemRandom);

describe('sealed text', () => {
  test('opens as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (plain, context) => {
        assert.equal(sealing.open(sealing.seal(plain, context), context), plain);
      }),
    );
    const long = 'a letter ☃ '.repeat(10_000);
    assert.equal(sealing.open(sealing.seal(long, 'id'), 'id'), long);
  });

  test('opens from whatever kind of bytes a database gives back', () => {
    const sealed = sealing.seal('code 481516', 'id');
    const padded = Buffer.concat([Buffer.alloc(7), sealed, Buffer.alloc(9)]);
    assert.equal(sealing.open(Uint8Array.from(sealed), 'id'), 'code 481516');
    assert.equal(sealing.open(padded.subarray(7, 7 + sealed.length), 'id'), 'code 481516');
  });

  // SEC-027
  test('shows nothing of the plain text, and is another each time', () => {
    const [first, second] = [sealing.seal('code 481516', 'id'), sealing.seal('code 481516', 'id')];
    assert.notDeepEqual(first, second);
    for (const encoding of ['utf8', 'hex', 'base64', 'latin1'] as const) {
      assert.ok(!first.toString(encoding).includes(Buffer.from('481516').toString(encoding)));
    }
  });

  test('does not open when any bit of it was changed', () => {
    const sealed = sealing.seal('code 481516', 'id');
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => sealing.open(changed, 'id'), `bit ${bit}`);
    }
  });

  test('does not open when it was cut or lengthened', () => {
    const sealed = sealing.seal('code 481516', 'id');
    for (let length = 0; length < sealed.length; length += 1) {
      assert.throws(() => sealing.open(sealed.subarray(0, length), 'id'), `${length} bytes`);
    }
    assert.throws(() => sealing.open(Buffer.concat([sealed, Buffer.of(0)]), 'id'));
    assert.throws(() => sealing.open(new Uint8Array(), 'id'), /unknown sealing version/);
  });

  test('does not open for another row', () => {
    const sealed = sealing.seal('code 481516', 'row 1');
    for (const context of ['row 2', '', 'row 1 ', 'ROW 1']) {
      assert.throws(() => sealing.open(sealed, context));
    }
  });

  test('does not open with another key', () => {
    const stranger = createSealing(randomBytes(32), systemRandom);
    assert.throws(() => stranger.open(sealing.seal('code 481516', 'id'), 'id'));
  });

  test('of an unknown version says so', () => {
    const sealed = sealing.seal('code 481516', 'id');
    sealed[0] = 2;
    assert.throws(() => sealing.open(sealed, 'id'), /unknown sealing version 2/);
  });
});
