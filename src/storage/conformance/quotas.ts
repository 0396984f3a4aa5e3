import assert from 'node:assert/strict';
import type { Storage } from '../../core/storage.ts';
import { MINUTE, NOW } from './fixture.ts';
import type { Suite } from './suite.ts';

const quota = { limit: 3, windowMs: MINUTE };
const counted = { kind: 'counted' } as const;

async function counts(storage: Storage, times: number, { now = NOW, key = 'codes:alice' } = {}) {
  const outcomes = [];
  for (let index = 0; index < times; index += 1) outcomes.push(await storage.quotas.count(key, quota, now));
  return outcomes;
}

export function quotas({ guarantee, guaranteeWith }: Suite): void {
  // SEC-018
  guarantee(
    'a quota is granted to its last point, and then says when its window ends',
    async ({ storage }) => {
      assert.deepEqual(await counts(storage, 3), [counted, counted, counted]);
      const exceeded = { kind: 'exceeded', retryAt: NOW + MINUTE };
      assert.deepEqual(await counts(storage, 2), [exceeded, exceeded]);
      assert.deepEqual(await counts(storage, 1, { now: NOW + MINUTE - 1 }), [exceeded]);
    },
  );

  guarantee('what exceeds a quota does not lengthen its window', async ({ storage }) => {
    await counts(storage, 30, { now: NOW });
    await counts(storage, 30, { now: NOW + MINUTE - 1 });
    const next = await counts(storage, 4, { now: NOW + MINUTE });
    assert.deepEqual(next, [counted, counted, counted, { kind: 'exceeded', retryAt: NOW + 2 * MINUTE }]);
  });

  guarantee('a window begins with its first count', async ({ storage }) => {
    await counts(storage, 1, { now: NOW });
    await counts(storage, 2, { now: NOW + MINUTE - 1 });
    assert.deepEqual(await counts(storage, 1, { now: NOW + MINUTE - 1 }), [
      { kind: 'exceeded', retryAt: NOW + MINUTE },
    ]);
  });

  guarantee('keys are counted apart', async ({ storage }) => {
    await counts(storage, 3);
    for (const key of ['codes:bob', 'CODES:ALICE', 'codes:alice ']) {
      assert.deepEqual(await counts(storage, 1, { key }), [counted]);
    }
  });

  guarantee('a count that is taken back may be used again', async ({ storage }) => {
    await counts(storage, 3);
    await storage.quotas.takeBack('codes:alice');
    await storage.quotas.takeBack('codes:bob');
    assert.deepEqual(
      (await counts(storage, 2)).map(({ kind }) => kind),
      ['counted', 'exceeded'],
    );
  });

  guarantee('taking back more than was counted gives no credit', async ({ storage }) => {
    await storage.quotas.takeBack('codes:alice');
    await counts(storage, 1);
    for (let index = 0; index < 5; index += 1) await storage.quotas.takeBack('codes:alice');
    const outcomes = await counts(storage, 4);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['counted', 'counted', 'counted', 'exceeded'],
    );
  });

  guarantee(
    'what a window has counted can be read, and a window that is over has counted nothing',
    async ({ storage }) => {
      const used = (now = NOW) => storage.quotas.used('codes:alice', now);
      assert.equal(await used(), 0);
      await counts(storage, 5);
      assert.deepEqual([await used(), await used(NOW + MINUTE - 1), await used(NOW + MINUTE)], [3, 3, 0]);
      await storage.quotas.takeBack('codes:alice');
      assert.equal(await used(), 2);
    },
  );

  // SEC-018
  guarantee('of several counts that belong together all stay, or none', async ({ storage }) => {
    await counts(storage, 3, { key: 'network' });
    const both = storage.transaction(async ({ quotas }) => {
      for (const key of ['everybody', 'network']) {
        if ((await quotas.count(key, quota, NOW)).kind === 'exceeded') throw new Error('exceeded');
      }
    });
    await assert.rejects(both, /exceeded/);
    assert.equal(await storage.quotas.used('everybody', NOW), 0);
  });

  guarantee('windows are purged when they are over', async ({ storage }) => {
    await counts(storage, 3, { key: 'over', now: NOW - MINUTE - 1 });
    await counts(storage, 3, { key: 'open', now: NOW });
    assert.equal(await storage.quotas.purge(NOW, 100), 1);
    assert.equal(await storage.quotas.purge(NOW, 100), 0);
    assert.equal((await counts(storage, 1, { key: 'open' }))[0]?.kind, 'exceeded');
  });

  guaranteeWith('reopening')('a restart forgets no count', async (database) => {
    await counts(database.storage, 3);
    const storage = await database.reopen();
    assert.deepEqual(await counts(storage, 1), [{ kind: 'exceeded', retryAt: NOW + MINUTE }]);
  });
}
