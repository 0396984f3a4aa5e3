import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMailFrom } from '../../src/delivery/channels/mail-from.ts';

test('a domain that DNS cannot hold is refused', () => {
  assert.throws(() => readMailFrom('no-reply@-\u0378.example'), /must be one address/);
});

test('a sender is an address with or without a name, quoted or not', () => {
  const address = 'no-reply@example.com';
  for (const [text, name] of [
    ['no-reply@example.com', ''],
    [' <no-reply@example.com> ', ''],
    ['Latchkey <no-reply@example.com>', 'Latchkey'],
    ['"Latchkey, Inc." <no-reply@example.com>', 'Latchkey, Inc.'],
    ['"The \\"Key\\" \\\\ Shop"<no-reply@example.com>', 'The "Key" \\ Shop'],
    ['Schlüssel <no-reply@example.com>', 'Schlüssel'],
  ] as const) {
    assert.deepEqual(readMailFrom(text), { name, address }, text);
  }
});
