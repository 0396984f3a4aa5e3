import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '../../src/crypto/random.ts';
import { backoffBoundMs, backoffMs } from '../../src/delivery/backoff.ts';

const settings = fc
  .record({ baseMs: fc.integer({ min: 1, max: 60_000 }), factor: fc.integer({ min: 1, max: 1_000 }) })
  .map(({ baseMs, factor }) => ({ baseMs, capMs: baseMs * factor }));
const attempts = fc.integer({ min: 1, max: 10_000 });

test('a pause is at least a millisecond and never longer than its bound', () => {
  // SEC-097
  fc.assert(
    fc.property(attempts, settings, (tried, chosen) => {
      const pause = backoffMs(tried, chosen, systemRandom);
      assert.ok(Number.isInteger(pause) && pause >= 1 && pause <= backoffBoundMs(tried, chosen));
    }),
  );
});

test('the bound doubles with each attempt until it reaches the cap, and stays there', () => {
  // SEC-097
  fc.assert(
    fc.property(attempts, settings, (tried, chosen) => {
      const bound = backoffBoundMs(tried, chosen);
      assert.equal(backoffBoundMs(tried + 1, chosen), Math.min(bound * 2, chosen.capMs));
    }),
  );
  assert.equal(backoffBoundMs(1, { baseMs: 1_000, capMs: 120_000 }), 1_000);
});

test('the whole span up to the bound is used, so that retries spread out', () => {
  // SEC-097
  const spread = { baseMs: 1_000, capMs: 1_000 };
  assert.equal(backoffMs(1, spread, { ...systemRandom, int: () => 0 }), 1);
  assert.equal(backoffMs(1, spread, { ...systemRandom, int: (max) => max - 1 }), 1_000);
});
