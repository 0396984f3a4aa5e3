import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../../src/crypto/random.ts';
import { createRotatingSealing } from '../../../src/crypto/rotating-sealing.ts';

const key = () => systemRandom.bytes(32);
const [first, second] = [key(), key()];
const before = createRotatingSealing(first, [], systemRandom);
const after = createRotatingSealing(second, [first], systemRandom);

test('what a former key sealed still opens, and new bytes are under the current one', () => {
  const old = before.seal('secret', 'row');
  assert.equal(after.open(old, 'row'), 'secret');
  const fresh = after.seal('secret', 'row');
  assert.equal(fresh.keyId, after.keyId);
  assert.notEqual(old.keyId, fresh.keyId);
  assert.equal(after.open(fresh, 'row'), 'secret');
  assert.throws(() => before.open(fresh, 'row'), /a key that is not here/);
});

test('bytes open for their own row and under their own key only', () => {
  const sealed = after.seal('secret', 'row');
  assert.throws(() => after.open(sealed, 'another row'));
  assert.throws(() => after.open({ ...sealed, keyId: before.keyId }, 'row'));
  const changed = Buffer.from(sealed.bytes);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  assert.throws(() => after.open({ ...sealed, bytes: changed }, 'row'));
});

test('the name of a key is the same on every process, and no part of the key', () => {
  assert.equal(createRotatingSealing(first, [], systemRandom).keyId, before.keyId);
  assert.match(before.keyId, /^[0-9a-f]{16}$/);
  assert.equal(first.toString('hex').includes(before.keyId), false);
});
