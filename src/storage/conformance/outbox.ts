import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { NewOutboxEntry } from '../../core/message/index.ts';
import type { Storage } from '../../core/storage.ts';
import { HOUR, MINUTE, NOW, newEntry } from './fixture.ts';
import type { Suite } from './suite.ts';

async function add(storage: Storage, change: Partial<NewOutboxEntry> = {}): Promise<NewOutboxEntry> {
  const entry = newEntry(change);
  await storage.outbox.add(entry);
  return entry;
}

async function claim(storage: Storage, { now = NOW, leaseMs = MINUTE, limit = 10 } = {}): Promise<string[]> {
  const claimed = await storage.outbox.claim({ now, leaseUntil: now + leaseMs, limit });
  return claimed.map(({ id }) => id);
}

export function outbox({ guarantee, guaranteeWith }: Suite): void {
  guarantee('what was added is claimed as it is, with its first attempt', async ({ storage }) => {
    const entry = await add(storage, { channel: 'sms', sealed: Uint8Array.from([0, 255, 1, 128]) });
    const [claimed, ...others] = await storage.outbox.claim({ now: NOW, leaseUntil: NOW + 1, limit: 5 });
    assert.deepEqual(others, []);
    assert.ok(claimed !== undefined);
    assert.deepEqual({ ...claimed, sealed: Uint8Array.from(claimed.sealed) }, { ...entry, attempts: 1 });
  });

  guarantee('entries are claimed oldest first, and no more than asked for', async ({ storage }) => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.push((await add(storage)).id);
    assert.deepEqual(await claim(storage, { limit: 2 }), ids.slice(0, 2));
    assert.deepEqual(await claim(storage, { limit: 2 }), ids.slice(2, 4));
    assert.deepEqual(await claim(storage, { limit: 2 }), ids.slice(4));
    assert.deepEqual(await claim(storage), []);
  });

  guarantee('a claim holds until its lease ends, then the entry is due again', async ({ storage }) => {
    const { id } = await add(storage);
    await claim(storage);
    assert.deepEqual(await claim(storage, { now: NOW + MINUTE - 1 }), []);
    const [again] = await storage.outbox.claim({ now: NOW + MINUTE, leaseUntil: NOW + HOUR, limit: 1 });
    assert.deepEqual([again?.id, again?.attempts], [id, 2]);
  });

  guarantee('an entry is not claimed at or past the instant it expires', async ({ storage }) => {
    const { id } = await add(storage, { expiresAt: NOW + MINUTE });
    assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), []);
    assert.deepEqual(await claim(storage, { now: NOW + MINUTE + 1 }), []);
    assert.deepEqual(await claim(storage, { now: NOW + MINUTE - 1 }), [id]);
  });

  // SEC-027
  guarantee(
    'the body of a message that was sent is gone, and it is never claimed again',
    async (database) => {
      const { storage } = database;
      const sealed = randomBytes(64);
      const { id } = await add(storage, { sealed });
      await claim(storage);
      assert.equal((await database.dump()).includes(sealed), true);
      await storage.outbox.markSent(id, NOW + 1);
      assert.equal((await database.dump()).includes(sealed), false);
      assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), []);
      await storage.outbox.markRetry(id, { nextAttemptAt: NOW, reason: 'too late' });
      await storage.outbox.release([id]);
      assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), []);
    },
  );

  // SEC-027
  guarantee(
    'the body of a message that was given up is gone, and it is never claimed again',
    async (database) => {
      const { storage } = database;
      const sealed = randomBytes(64);
      const { id } = await add(storage, { sealed });
      await claim(storage);
      await storage.outbox.markAbandoned(id, { now: NOW + 1, reason: 'no such mailbox' });
      assert.equal((await database.dump()).includes(sealed), false);
      await storage.outbox.markRetry(id, { nextAttemptAt: NOW, reason: 'too late' });
      await storage.outbox.release([id]);
      assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), []);
    },
  );

  guarantee(
    'a failed delivery is due again at the instant that was set, its attempts counted on',
    async ({ storage }) => {
      const { id } = await add(storage);
      await claim(storage);
      await storage.outbox.markRetry(id, { nextAttemptAt: NOW + 10 * MINUTE, reason: 'busy' });
      assert.deepEqual(await claim(storage, { now: NOW + 10 * MINUTE - 1 }), []);
      const [again] = await storage.outbox.claim({
        now: NOW + 10 * MINUTE,
        leaseUntil: NOW + HOUR,
        limit: 1,
      });
      assert.deepEqual([again?.id, again?.attempts], [id, 2]);
    },
  );

  guarantee('a claim that is given back untried is due at once and was no attempt', async ({ storage }) => {
    const { id } = await add(storage);
    const kept = await add(storage);
    await claim(storage);
    await storage.outbox.release([id]);
    await storage.outbox.release([]);
    const again = await storage.outbox.claim({ now: NOW + 1, leaseUntil: NOW + MINUTE, limit: 5 });
    assert.deepEqual(
      again.map((entry) => [entry.id, entry.attempts]),
      [[id, 1]],
    );
    assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), [id, kept.id]);
  });

  guarantee('the entries of one channel are claimed without those of the others', async ({ storage }) => {
    const mail = await add(storage);
    const sms = await add(storage, { channel: 'sms' });
    const claimOf = async (channel: 'email' | 'sms') => {
      const claimed = await storage.outbox.claim({ channel, now: NOW, leaseUntil: NOW + MINUTE, limit: 5 });
      return claimed.map(({ id }) => id);
    };
    assert.deepEqual(await claimOf('sms'), [sms.id]);
    assert.deepEqual(await claimOf('sms'), []);
    assert.deepEqual(await claimOf('email'), [mail.id]);
  });

  guarantee('what waits past its time is given up and blanked, and nothing else', async (database) => {
    const { storage } = database;
    const [sealed, held] = [randomBytes(64), randomBytes(64)];
    await add(storage, { sealed, expiresAt: NOW + MINUTE });
    await add(storage, { sealed: held, expiresAt: NOW + MINUTE });
    await claim(storage, { limit: 1, leaseMs: HOUR });
    const sent = await add(storage, { expiresAt: NOW + MINUTE });
    await storage.outbox.markSent(sent.id, NOW);
    const fresh = await add(storage, { expiresAt: NOW + MINUTE + 1 });
    assert.equal(await storage.outbox.abandonExpired(NOW + MINUTE - 1), 0);
    assert.equal(await storage.outbox.abandonExpired(NOW + MINUTE), 2);
    const dump = await database.dump();
    assert.deepEqual([dump.includes(sealed), dump.includes(held)], [false, false]);
    assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), [fresh.id]);
  });

  guarantee(
    'settled entries are purged by when they were created, waiting ones are not',
    async ({ storage }) => {
      const old = { createdAt: NOW - HOUR, expiresAt: NOW + HOUR };
      const [sent, abandoned, waiting] = [
        await add(storage, old),
        await add(storage, old),
        await add(storage, old),
      ];
      const young = await add(storage);
      await storage.outbox.markSent(sent.id, NOW);
      await storage.outbox.markAbandoned(abandoned.id, { now: NOW, reason: 'x' });
      await storage.outbox.markSent(young.id, NOW);
      assert.equal(await storage.outbox.purge(NOW, 100), 2);
      assert.equal(await storage.outbox.purge(NOW, 100), 0);
      assert.equal(await storage.outbox.purge(NOW + 1, 100), 1);
      assert.deepEqual(await claim(storage), [waiting.id]);
    },
  );

  guarantee('what waits is counted, claimed or not, and what is settled is not', async ({ storage }) => {
    const [first, second] = [await add(storage), await add(storage), await add(storage)];
    await claim(storage, { limit: 2 });
    assert.equal(await storage.outbox.countPending(), 3);
    await storage.outbox.markSent(first.id, NOW);
    await storage.outbox.markAbandoned(second.id, { now: NOW, reason: 'x' });
    assert.equal(await storage.outbox.countPending(), 1);
  });

  // SEC-092
  guaranteeWith('reopening')(
    'a restart loses no message; a claim of before ends with its lease',
    async (database) => {
      const waiting = await add(database.storage);
      await claim(database.storage);
      const storage = await database.reopen();
      assert.deepEqual(await claim(storage), []);
      assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), [waiting.id]);
    },
  );

  guarantee(
    'messages are listed newest first, whatever became of them, with their body while they wait',
    async ({ storage }) => {
      const sealed = Uint8Array.from([1, 2, 3]);
      const sent = await add(storage, { channel: 'sms' });
      const dropped = await add(storage);
      const waiting = await add(storage, { sealed });
      await storage.outbox.markSent(sent.id, NOW + 1);
      await storage.outbox.markAbandoned(dropped.id, { now: NOW + 2, reason: 'unknown mailbox' });
      const listed = await storage.outbox.list(10);
      assert.deepEqual(
        listed.map((entry) => [entry.id, entry.channel, entry.state, entry.settledAt, entry.failure]),
        [
          [waiting.id, 'email', 'pending', null, null],
          [dropped.id, 'email', 'abandoned', NOW + 2, 'unknown mailbox'],
          [sent.id, 'sms', 'sent', NOW + 1, null],
        ],
      );
      assert.deepEqual(
        listed.map((entry) => entry.sealed && Uint8Array.from(entry.sealed)),
        [sealed, null, null],
      );
      assert.deepEqual(
        (await storage.outbox.list(1)).map(({ id }) => id),
        [waiting.id],
      );
    },
  );
}
