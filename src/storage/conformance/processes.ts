import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createAccount, createSession, email, isLive, NOW, newChallenge } from './fixture.ts';
import type { Suite } from './suite.ts';

export function processes({ guaranteeWith, openAtOnce, reasonToSkip }: Suite): void {
  // SEC-094
  test('of processes that start on an empty database at once one migrates it, and all may use it', {
    skip: reasonToSkip('several processes') ?? false,
  }, async () => {
    const migrated = await openAtOnce(4);
    const ran = migrated.filter((names) => names.length > 0);
    assert.equal(migrated.length, 4);
    assert.equal(ran.length, 1);
    assert.equal(new Set(ran.flat()).size, ran.flat().length);
  });

  // SEC-091
  guaranteeWith('reopening')('what was written is there after a restart', async (database) => {
    const account = await createAccount(database.storage, { email: email('a@example.com') });
    const session = await createSession(database.storage, account);
    await database.storage.passwords.set(account.id, 'hash', NOW);
    const challenge = newChallenge(account);
    await database.storage.challenges.put(challenge);
    await database.storage.challenges.consume(challenge.id, NOW);
    const storage = await database.reopen();
    assert.deepEqual(await storage.accounts.findByIdentifier(email('a@example.com')), account);
    assert.equal(await storage.passwords.find(account.id), 'hash');
    assert.equal(await isLive(storage, session), true);
    assert.equal(await storage.challenges.consume(challenge.id, NOW), false);
  });

  // SEC-065
  guaranteeWith('reopening')('a restart does not make numbers come again', async (database) => {
    const { id, number } = await createAccount(database.storage);
    await database.storage.accounts.delete(id);
    const storage = await database.reopen();
    assert.ok((await createAccount(storage)).number > number);
  });

  guaranteeWith('several processes')(
    'what one process has committed the next read of another sees',
    async (database) => {
      const other = await database.another();
      for (let round = 0; round < 20; round += 1) {
        const { id } = await createAccount(database.storage);
        const session = await createSession(database.storage, { ...(await createAccount(other)), epoch: 0 });
        assert.equal((await other.accounts.findById(id))?.id, id);
        assert.equal(await isLive(other, session), true);
        await other.sessions.end(session.id, { now: NOW, reason: 'revoked' });
        assert.equal(await isLive(database.storage, session), false);
      }
    },
  );

  // SEC-055
  guaranteeWith('several processes')(
    'a session that one process has read a hundred times is over when another ends it',
    async (database) => {
      const other = await database.another();
      const account = await createAccount(database.storage);
      const sessions = await Promise.all([1, 2, 3].map(() => createSession(database.storage, account)));
      for (const session of sessions) {
        for (let read = 0; read < 100; read += 1) assert.equal(await isLive(database.storage, session), true);
        await nextTurn();
        await other.sessions.end(session.id, { now: NOW, reason: 'revoked' });
        // The request that must see it arrives in a later turn of the event loop.
        await nextTurn();
        assert.equal(await isLive(database.storage, session), false);
      }
    },
  );

  guaranteeWith('several processes')(
    'what one process has read of an account another may change',
    async (database) => {
      const other = await database.another();
      const account = await createAccount(database.storage);
      const session = await createSession(database.storage, account);
      for (const bio of ['first', 'second', 'third']) {
        await database.storage.sessions.findLive(session.id, NOW);
        await other.accounts.updateProfile(account.id, { bio });
        await nextTurn();
        const live = await database.storage.sessions.findLive(session.id, NOW);
        assert.equal(live?.account.bio, bio);
      }
    },
  );

  guaranteeWith('several processes')('a process that goes takes nothing with it', async (database) => {
    const other = await database.another();
    const { id } = await createAccount(other);
    await other.close();
    assert.equal((await database.storage.accounts.findById(id))?.id, id);
    await createAccount(database.storage);
    assert.equal(await database.storage.accounts.count(), 2);
  });
}
