import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { duration, formatDuration, rate } from '../../../src/config/kinds/time.ts';

const DAY_MS = 86_400_000;

test('a duration that is written out reads back as the same number of milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3_650 * DAY_MS }), (ms) => {
      assert.equal(duration({ minMs: 0 }).parse(formatDuration(ms)), ms);
    }),
  );
});

test('a duration is written in its largest unit', () => {
  const written = [0, 1, 1_000, 90_000, 180_000, 3_600_000, DAY_MS, DAY_MS + 1].map(formatDuration);
  assert.deepEqual(written, ['0s', '1ms', '1s', '90s', '3m', '1h', '1d', '86400001ms']);
});

test('a rate that is written out reads back as the same rate', () => {
  const rates = fc.record({
    points: fc.integer({ min: 1, max: 1_000_000 }),
    perMs: fc.integer({ min: 1_000, max: DAY_MS }),
  });
  fc.assert(
    fc.property(rates, ({ points, perMs }) => {
      assert.deepEqual(rate().parse(`${points}/${formatDuration(perMs)}`), { points, perMs });
    }),
  );
});
