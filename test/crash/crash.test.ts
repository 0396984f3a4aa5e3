/** The short form of `npm run crash` (docs/reliability.md). A failure prints its seed and keeps its directory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFailovers } from './failover-run.ts';
import { runOnPostgres } from './postgres-run.ts';
import { crash } from './run.ts';
import { runOnSqlite } from './sqlite-run.ts';

const seed = Date.now() % 1_000_000;

test('killed 25 times on SQLite, a server stands by everything that it acknowledged', async () => {
  const done = await crash(runOnSqlite, { kills: 25, seed });
  assert.equal(kills(done), 25);
  for (const what of ['audits of the database', 'facts checked again: stands', 'mailboxes complete'])
    assert.ok((done[what] ?? 0) > 0, what);
});

test('with PostgreSQL killed under load everything is refused, and then true again without a restart', async () => {
  const done = await crash(runOnPostgres, { kills: 3, seed });
  assert.equal(done['kills of the database server'], 3);
  assert.equal(done['outages in which everything was refused'], 3);
  assert.ok((done['facts checked again: stands'] ?? 0) > 0);
});

test('with a synchronous standby promoted under load nothing that was acknowledged is lost', async () => {
  const done = await crash(runFailovers, { kills: 1, seed });
  assert.equal(done['standbys promoted'], 1);
  assert.ok((done['facts checked again: stands'] ?? 0) > 0);
});

const kills = (done: Readonly<Record<string, number>>): number =>
  Object.entries(done)
    .filter(([what]) => what.startsWith('kills: '))
    .reduce((sum, [, count]) => sum + count, 0);
