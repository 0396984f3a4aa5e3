import assert from 'node:assert/strict';
import { acceptSecret } from '../../core/root-secret.ts';
import { NOW } from './fixture.ts';
import type { Suite } from './suite.ts';

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export function secretFingerprint({ guarantee, guaranteeWith, rivals }: Suite): void {
  guarantee('the first secret is recorded, and only its successor takes its place', async ({ storage }) => {
    const { secretFingerprint: store } = storage;
    assert.equal(await store.find(), undefined);
    assert.equal(await store.replace('one', 'two', NOW), false);
    assert.equal(await store.record('one', NOW), true);
    assert.equal(await store.record('two', NOW), false);
    assert.equal(await store.replace('other', 'two', NOW), false);
    assert.equal(await store.find(), 'one');
    assert.equal(await store.replace('one', 'two', NOW), true);
    assert.equal(await store.find(), 'two');
  });

  guaranteeWith('reopening')('a recorded secret outlives a restart', async ({ storage, reopen }) => {
    await storage.secretFingerprint.record('one', NOW);
    assert.equal(await (await reopen()).secretFingerprint.find(), 'one');
  });

  guarantee(
    'of many processes that start at once with different secrets, those with one are accepted',
    async (database) => {
      const stores = (await rivals(database)).map(({ secretFingerprint: store }) => store);
      const answers = await Promise.all(
        times(20, async (index) => {
          const current = `secret ${index % 4}`;
          const store = stores[index % stores.length];
          assert.ok(store);
          return { current, isAccepted: await acceptSecret(store, { current, previous: [] }, NOW) };
        }),
      );
      const recorded = await database.storage.secretFingerprint.find();
      for (const { current, isAccepted } of answers) assert.equal(isAccepted, current === recorded);
    },
  );

  guarantee(
    'of many processes that start at once with a new secret, all are accepted, and the old one alone is not',
    async (database) => {
      const stores = (await rivals(database)).map(({ secretFingerprint: store }) => store);
      await database.storage.secretFingerprint.record('old', NOW);
      const answers = await Promise.all(
        times(20, async (index) => {
          const store = stores[index % stores.length];
          assert.ok(store);
          return acceptSecret(store, { current: 'new', previous: ['older', 'old'] }, NOW);
        }),
      );
      assert.deepEqual(new Set(answers), new Set([true]));
      const { secretFingerprint: store } = database.storage;
      assert.equal(await store.find(), 'new');
      assert.equal(await acceptSecret(store, { current: 'old', previous: [] }, NOW), false);
      assert.equal(await store.replace('old', 'other', NOW), false);
    },
  );
}
