/** The short form of `npm run crash` (docs/reliability.md). A failure prints its seed and keeps its directory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crash } from './run.ts';
import { runOnSqlite } from './sqlite-run.ts';

/** One in a migration, and one round of all plans: each named step, at random, while starting, while stopping. */
const KILLS = 21;

test('killed at each step in turn on SQLite, a server stands by everything that it acknowledged', {
  timeout: 300_000,
}, async () => {
  const done = await crash(runOnSqlite, { kills: KILLS, seed: Date.now() % 1_000_000 });
  const kills = Object.entries(done).filter(([what]) => what.startsWith('kills: '));
  assert.equal(
    kills.reduce((sum, [, count]) => sum + count, 0),
    KILLS,
  );
  for (const what of ['audits of the database', 'facts checked again: stands', 'mailboxes complete'])
    assert.ok((done[what] ?? 0) > 0, what);
});
