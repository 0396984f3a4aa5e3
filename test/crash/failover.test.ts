/** The short form of `npm run crash -- --engine failover` (docs/reliability.md). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFailovers } from './failover-run.ts';
import { crash } from './run.ts';

test('with a synchronous standby promoted under load nothing that was acknowledged is lost', {
  timeout: 300_000,
}, async () => {
  const done = await crash(runFailovers, { kills: 1, seed: Date.now() % 1_000_000 });
  assert.equal(done['standbys promoted'], 1);
  assert.ok((done['facts checked again: stands'] ?? 0) > 0);
});
