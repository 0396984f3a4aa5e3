/** The short form of `npm run crash -- --engine postgres` (docs/reliability.md). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOnPostgres } from './postgres-run.ts';
import { crash } from './run.ts';

test('with PostgreSQL killed under load everything is refused, and then true again without a restart', {
  timeout: 300_000,
}, async () => {
  const done = await crash(runOnPostgres, { kills: 3, seed: Date.now() % 1_000_000 });
  assert.equal(done['kills of the database server'], 3);
  assert.equal(done['outages in which everything was refused'], 3);
  assert.ok((done['facts checked again: stands'] ?? 0) > 0);
});
