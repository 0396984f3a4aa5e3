import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlainAddress } from '../../src/delivery/channels/email-address.ts';

test('an address is as long as SMTP allows and no longer', () => {
  // SEC-072: whatever is longer is refused before anything reads it.
  const longest = `${'a'.repeat(64)}@${`${'b'.repeat(61)}.`.repeat(3)}com`;
  assert.equal(longest.length, 254);
  assert.equal(isPlainAddress(longest), true);
  assert.equal(isPlainAddress(`a${longest}`), false);
});

test('addresses in any script are addresses', () => {
  for (const address of ['用户@例子.广告', 'jörg@exämple.de', 'δοκιμή@παράδειγμα.δοκιμή']) {
    assert.equal(isPlainAddress(address), true, address);
  }
});
