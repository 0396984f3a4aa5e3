/** The short form of `npm run crash` (docs/reliability.md). A failure prints its seed and keeps its directory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crash } from './run.ts';
import { runOnSqlite } from './sqlite-run.ts';

test('killed 25 times on SQLite, a server stands by everything that it acknowledged', {
  timeout: 300_000,
}, async () => {
  const done = await crash(runOnSqlite, { kills: 25, seed: Date.now() % 1_000_000 });
  const kills = Object.entries(done).filter(([what]) => what.startsWith('kills: '));
  assert.equal(
    kills.reduce((sum, [, count]) => sum + count, 0),
    25,
  );
  for (const what of ['audits of the database', 'facts checked again: stands', 'mailboxes complete'])
    assert.ok((done[what] ?? 0) > 0, what);
});
