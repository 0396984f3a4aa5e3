import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maskAddress, scrub } from '../../src/delivery/mask.ts';

test('a masked address can be recognised by its owner and used by nobody', () => {
  // SEC-087
  assert.equal(maskAddress('alice@example.com'), 'a***@example.com');
  assert.equal(maskAddress('"odd@one"@example.com'), '"***@example.com');
  assert.equal(maskAddress('+4917012345612'), '+4917***12');
  for (const other of ['', '@', '@example.com', '+49', 'alice', '12345678'])
    assert.equal(maskAddress(other), '***');
});

test('whatever surrounds them, no address, link or code survives in what is logged of an answer', () => {
  // SEC-087
  const surroundings = fc.string({ maxLength: 40 }).map((text) => `${text} `);
  fc.assert(
    fc.property(surroundings, fc.emailAddress({ size: 'small' }), surroundings, (before, address, after) => {
      fc.pre(address.indexOf('@') > 1);
      const code = '481516';
      const written = scrub(`${before}<${address}> ${code} https://example.com/r?token=canary ${after}`);
      assert.ok(!written.includes(`<${address}`));
      assert.ok(!written.includes(code));
      assert.ok(!written.includes('canary'));
    }),
  );
});

test('what helps an operator stays: the reply code, the enhanced status, the words', () => {
  assert.equal(
    scrub('RCPT TO was answered 550-5.1.1 <alice@example.com>: no such\r\n550 5.1.1 user'),
    'RCPT TO was answered 550-5.1.1 <a***@example.com>: no such 550 5.1.1 user',
  );
  assert.equal(scrub("error 21211 The 'To' number +4917012345678"), "error 21211 The 'To' number (digits)");
});

test('an answer is one line of bounded length, whatever its size', () => {
  // SEC-088
  const written = scrub(`\u001b[31m${'a@'.repeat(1_000_000)}\r\n\u2028forged`);
  assert.ok(written.length <= 600);
  assert.doesNotMatch(written, /[\p{C}\u2028]/u);
});
