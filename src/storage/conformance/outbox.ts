import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Account } from '../../core/account/index.ts';
import type { NewOutboxEntry } from '../../core/message/index.ts';
import type { Storage } from '../../core/storage.ts';
import { createAccount, HOUR, MINUTE, NOW, newChallenge, newEntry } from './fixture.ts';
import type { Suite } from './suite.ts';

async function add(storage: Storage, change: Partial<NewOutboxEntry> = {}): Promise<NewOutboxEntry> {
  const entry = newEntry(change);
  await storage.outbox.add(entry);
  return entry;
}

/** Names the process that claims. */
const owner = 'this process';

async function claim(
  storage: Storage,
  { by = owner, now = NOW, leaseMs = MINUTE, limit = 10 } = {},
): Promise<string[]> {
  const claimed = await storage.outbox.claim({ owner: by, now, leaseUntil: now + leaseMs, limit });
  return claimed.map(({ id }) => id);
}

export function outbox({ guarantee, guaranteeWith }: Suite): void {
  guarantee('what was added is claimed as it is, with its first attempt', async ({ storage }) => {
    const entry = await add(storage, { kind: 'sms', sealed: Uint8Array.from([0, 255, 1, 128]) });
    const [claimed, ...others] = await storage.outbox.claim({
      owner,
      now: NOW,
      leaseUntil: NOW + 1,
      limit: 5,
    });
    assert.deepEqual(others, []);
    assert.ok(claimed !== undefined);
    assert.deepEqual(
      { ...claimed, sealed: Uint8Array.from(claimed.sealed) },
      { ...entry, attempts: 1, isDead: false },
    );
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
    const [again] = await storage.outbox.claim({
      owner,
      now: NOW + MINUTE,
      leaseUntil: NOW + HOUR,
      limit: 1,
    });
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
      await storage.outbox.markRetry(id, { owner, nextAttemptAt: NOW, reason: 'too late' });
      await storage.outbox.release([id], owner);
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
      await storage.outbox.markRetry(id, { owner, nextAttemptAt: NOW, reason: 'too late' });
      await storage.outbox.release([id], owner);
      assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), []);
    },
  );

  guarantee(
    'a failed delivery is due again at the instant that was set, its attempts counted on',
    async ({ storage }) => {
      const { id } = await add(storage);
      await claim(storage);
      await storage.outbox.markRetry(id, { owner, nextAttemptAt: NOW + 10 * MINUTE, reason: 'busy' });
      assert.deepEqual(await claim(storage, { now: NOW + 10 * MINUTE - 1 }), []);
      const [again] = await storage.outbox.claim({
        owner,
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
    await storage.outbox.release([id], owner);
    await storage.outbox.release([], owner);
    const again = await storage.outbox.claim({ owner, now: NOW + 1, leaseUntil: NOW + MINUTE, limit: 5 });
    assert.deepEqual(
      again.map((entry) => [entry.id, entry.attempts]),
      [[id, 1]],
    );
    assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), [id, kept.id]);
  });

  guarantee('the jobs of one kind are claimed without those of the others', async ({ storage }) => {
    const mail = await add(storage);
    const sms = await add(storage, { kind: 'sms' });
    const claimOf = async (kind: 'email' | 'sms') => {
      const claimed = await storage.outbox.claim({
        owner,
        kind,
        now: NOW,
        leaseUntil: NOW + MINUTE,
        limit: 5,
      });
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

  guarantee(
    'one recipient’s messages are delivered one at a time, in order of arrival',
    async ({ storage }) => {
      const [first, other, second, third] = [
        await add(storage, { recipient: 'alice' }),
        await add(storage, { recipient: 'bob' }),
        await add(storage, { recipient: 'alice' }),
        await add(storage, { recipient: 'alice' }),
      ];
      assert.deepEqual(await claim(storage), [first.id, other.id]);
      assert.deepEqual(await claim(storage, { by: 'another process' }), []);
      await storage.outbox.markSent(first.id, NOW);
      assert.deepEqual(await claim(storage), [second.id]);
      await storage.outbox.markAbandoned(second.id, { now: NOW, reason: 'x' });
      assert.deepEqual(await claim(storage), [third.id]);
    },
  );

  guarantee('a message that waits for its next attempt holds up no later one', async ({ storage }) => {
    const deferred = await add(storage, { recipient: 'alice' });
    await claim(storage);
    await storage.outbox.markRetry(deferred.id, { owner, nextAttemptAt: NOW + MINUTE, reason: 'busy' });
    const later = await add(storage, { recipient: 'alice' });
    assert.deepEqual(await claim(storage, { now: NOW + MINUTE - 1, leaseMs: HOUR }), [later.id]);
    assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), [], 'one at a time');
    await storage.outbox.markSent(later.id, NOW + MINUTE);
    assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), [deferred.id]);
  });

  guarantee('a message that expired unsent holds up no later one', async ({ storage }) => {
    await add(storage, { recipient: 'alice', expiresAt: NOW + MINUTE });
    const later = await add(storage, { recipient: 'alice' });
    assert.deepEqual(await claim(storage, { now: NOW + MINUTE }), [later.id]);
  });

  // SEC-023
  guarantee(
    'a message is dead once its challenge is replaced, cancelled, used or of a past epoch',
    async ({ storage }) => {
      const ends = {
        lives: async () => {},
        replaced: async (account) => {
          await storage.challenges.put(newChallenge(account));
        },
        cancelled: async ({ id }) => {
          await storage.challenges.cancelAll(id);
        },
        used: async (_account, challenge) => {
          assert.equal(await storage.challenges.consume(challenge, NOW), true);
        },
        'of a past epoch': async ({ id }) => {
          await storage.accounts.advanceEpoch(id);
        },
        'of a deleted account': async ({ id }) => {
          await storage.accounts.delete(id);
        },
      } satisfies Record<string, (account: Account, challenge: string) => Promise<void>>;
      const dead: Record<string, boolean | undefined> = {};
      for (const [name, end] of Object.entries(ends)) {
        const account = await createAccount(storage);
        const challenge = newChallenge(account);
        await storage.challenges.put(challenge);
        const { id } = await add(storage, { challengeId: challenge.id });
        await end(account, challenge.id);
        const claimed = await storage.outbox.claim({ owner, now: NOW, leaseUntil: NOW + HOUR, limit: 10 });
        dead[name] = claimed.find((entry) => entry.id === id)?.isDead;
      }
      assert.deepEqual(dead, {
        lives: false,
        replaced: true,
        cancelled: true,
        used: true,
        'of a past epoch': true,
        'of a deleted account': true,
      });
    },
  );

  guarantee('a claim is renewed by its owner, and by nobody else', async ({ storage }) => {
    const { id } = await add(storage);
    await claim(storage);
    await storage.outbox.renew(id, { owner, leaseUntil: NOW + 2 * MINUTE });
    await storage.outbox.renew(id, { owner: 'another process', leaseUntil: NOW + HOUR });
    assert.deepEqual(await claim(storage, { now: NOW + 2 * MINUTE - 1 }), []);
    assert.deepEqual(await claim(storage, { now: NOW + 2 * MINUTE, by: 'another process' }), [id]);
    await storage.outbox.renew(id, { owner, leaseUntil: NOW + HOUR });
    assert.deepEqual(await claim(storage, { now: NOW + 3 * MINUTE }), [id]);
  });

  guarantee(
    'whose claim was taken over sets no time for the next attempt and gives nothing back',
    async ({ storage }) => {
      const { id } = await add(storage);
      await claim(storage);
      assert.deepEqual(await claim(storage, { now: NOW + MINUTE, by: 'another process' }), [id]);
      await storage.outbox.markRetry(id, { owner, nextAttemptAt: NOW, reason: 'too late' });
      await storage.outbox.release([id], owner);
      assert.deepEqual(await claim(storage, { now: NOW + MINUTE + 1 }), []);
    },
  );

  // SEC-092
  guarantee(
    'what a dead process has claimed is due again at once, attempts counted, and nothing else',
    async ({ storage }) => {
      const [first, second, other] = [await add(storage), await add(storage), await add(storage)];
      await claim(storage, { by: 'dead', limit: 2 });
      await claim(storage, { by: 'alive' });
      assert.deepEqual((await storage.outbox.claimOwners()).toSorted(), ['alive', 'dead']);
      assert.equal(await storage.outbox.releaseAllOf('dead'), 2);
      assert.equal(await storage.outbox.releaseAllOf('dead'), 0);
      assert.deepEqual(await storage.outbox.claimOwners(), ['alive']);
      const again = await storage.outbox.claim({ owner, now: NOW, leaseUntil: NOW + MINUTE, limit: 10 });
      assert.deepEqual(
        again.map(({ id, attempts }) => [id, attempts]),
        [
          [first.id, 2],
          [second.id, 2],
        ],
      );
      await storage.outbox.markSent(other.id, NOW);
      assert.deepEqual(await storage.outbox.claimOwners(), [owner]);
    },
  );

  guarantee('a settled message says no more whom it went to', async (database) => {
    const { storage } = database;
    const [sent, abandoned] = ['digest of alice', 'digest of bob'];
    const entries = [await add(storage, { recipient: sent }), await add(storage, { recipient: abandoned })];
    await storage.outbox.markSent(entries[0]?.id ?? '', NOW);
    await storage.outbox.markAbandoned(entries[1]?.id ?? '', { now: NOW, reason: 'x' });
    const dump = await database.dump();
    assert.deepEqual([dump.includes(sent), dump.includes(abandoned)], [false, false]);
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
      const sent = await add(storage, { kind: 'sms' });
      const dropped = await add(storage);
      const waiting = await add(storage, { sealed });
      await storage.outbox.markSent(sent.id, NOW + 1);
      await storage.outbox.markAbandoned(dropped.id, { now: NOW + 2, reason: 'unknown mailbox' });
      const listed = await storage.outbox.list(10);
      assert.deepEqual(
        listed.map((entry) => [entry.id, entry.kind, entry.state, entry.settledAt, entry.failure]),
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
