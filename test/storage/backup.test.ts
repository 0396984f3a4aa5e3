import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createAccount, isLive, NOW } from '../../src/storage/conformance/fixture.ts';
import { StorageRefusal } from '../../src/storage/errors.ts';
import { backupDatabase, openStorage, restoreDatabase, startNewEpochIn } from '../../src/storage/index.ts';
import { openSqlite } from '../../src/storage/sql/engines/sqlite/index.ts';
import { migrate } from '../../src/storage/sql/migrations/index.ts';
import { operator } from '../support/operator.ts';
import { startChild } from './child-process.ts';
import { temporaryDirectory } from './sqlite-database.ts';
import { fill, placeFor, using } from './whole-database.ts';

test('every write that was acknowledged before a backup is in it, beside a process that goes on writing', async () => {
  await using place = await placeFor('sqlite');
  assert.ok(place.location.engine === 'sqlite');
  const { path } = place.location;
  const shared = await using(place.location, (storage) => createAccount(storage));
  await using child = startChild('writing-child.ts', [path, '100000', shared.id]);
  assert.equal(await child.line(), 'ready');
  child.tell('go');
  const acknowledged: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    for (let lines = 0; lines < 20; lines += 1) acknowledged.push((await child.line()) ?? 'gone');
    const { file } = backupDatabase(place.location, `${path}.${round}`, { draft: 'draft' });
    await using({ engine: 'sqlite', path: file }, async ({ accounts, passwords }) => {
      for (const id of acknowledged) assert.equal(await passwords.find(id), `hash of ${id}`);
      // Each write made an account and advanced the epoch: in a backup they stand at one instant.
      assert.equal((await accounts.findById(shared.id))?.epoch, (await accounts.count()) - 1);
    });
  }
  child.kill('SIGKILL');
});

for (const engine of ['sqlite', 'postgres'] as const) {
  test(`${engine}: a new epoch ends what could have been spent since the backup, and nothing else`, async () => {
    await using place = await placeFor(engine);
    const kept = await using(place.location, (storage) => fill(storage, 3));
    const { first, session, refresh, access, challenge, undo, totp, gone } = kept;
    const start = { now: NOW + 1, newestTotpStep: 11, actor: operator };
    const epoch = await startNewEpochIn(place.location, start);
    const lastNumber = gone.number + 1_000_000;
    assert.deepEqual(epoch, { sessions: 3, challenges: 2, messages: 1, lastNumber });
    await using(place.location, async (storage) => {
      assert.equal(await isLive(storage, session), false);
      const [ended] = await storage.sessions.list(first.id);
      assert.deepEqual([ended?.endedAt, ended?.endReason], [NOW + 1, 'database_restored']);
      assert.equal(await storage.accessTokens.findSession(access.digest, NOW + 2), undefined);
      const successor = { digest: Buffer.alloc(32, 7), expiresAt: NOW + 1000 };
      const exchange = { digest: refresh.digest, successor, now: NOW + 2, graceMs: 0 };
      assert.equal((await storage.refreshTokens.exchange(exchange)).kind, 'ended');
      assert.equal(await storage.challenges.consume(challenge.id, NOW + 2), false);
      assert.equal(await storage.addressUndos.find(undo.secretDigest), undefined);
      assert.equal(await storage.outbox.countPending(), 0);
      const spend = (step: number, newestStep: number) =>
        storage.totp.spend({ credentialId: totp.id, step, newestStep });
      for (const step of [9, 10, 11]) assert.equal(await spend(step, 11), false, `step ${step}`);
      assert.equal(await spend(12, 13), true, 'the first code that nobody can have shown before');
      assert.equal((await storage.accounts.findById(first.id))?.epoch, first.epoch + 1);
      assert.equal((await createAccount(storage)).number, lastNumber + 1);
      const [event] = await storage.audit.list({ limit: 1 });
      assert.deepEqual(event, {
        at: NOW + 1,
        type: 'epoch_started',
        door: 'cli',
        actor: operator.by,
        detail: { ...epoch },
      });
    });
    const { storage } = await openStorage(place.location, { migrations: 'refuse' });
    await storage.close();
  });
}

for (const [about, change] of Object.entries({
  'trigger keep_open on sessions': `create trigger keep_open after update on sessions begin
    update sessions set ended_at = null where id = new.id; end`,
  'view everybody': 'create view everybody as select * from accounts',
  'table things': 'create table things (name text)',
  'index by_name on accounts': 'create index by_name on accounts (full_name)',
  'table passwords': 'alter table passwords add column plain text',
  'index accounts_pending on accounts': 'drop index accounts_pending',
})) {
  test(`a backup whose schema differs in ${about} is refused by name, whatever its version, and nothing is restored`, async () => {
    await using directory = await temporaryDirectory();
    const last = { current: undefined, older: '0006-purge-indexes' };
    for (const [version, migration] of Object.entries(last)) {
      const backup = join(directory.path, `${version}.db`);
      const engine = openSqlite(backup);
      await migrate(engine, migration);
      await engine.close();
      const restore = (to: string) =>
        restoreDatabase({ engine: 'sqlite', path: join(directory.path, to) }, backup, {
          ...{ replace: false, draft: 'draft', check: 'quick' },
          ...{ now: NOW, newestTotpStep: 1, actor: operator },
        });
      await restore(`sound-${version}.db`);
      const database = new DatabaseSync(backup);
      database.exec(change);
      database.close();
      await assert.rejects(restore(`refused-${version}.db`), (error) => {
        assert.ok(error instanceof StorageRefusal, String(error));
        assert.equal(error.code, 'backup_unusable');
        assert.ok(error.message.startsWith(backup) && error.message.includes(about), error.message);
        return true;
      });
    }
    const left = readdirSync(directory.path).filter((name) => name.startsWith('refused'));
    assert.deepEqual(left, []);
  });
}
