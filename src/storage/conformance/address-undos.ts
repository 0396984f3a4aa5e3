import assert from 'node:assert/strict';
import type { NewAddressUndo } from '../../core/account/index.ts';
import { atOnce, createAccount, DAY, email, HOUR, NOW, someDigest } from './fixture.ts';
import type { Suite } from './suite.ts';

const former = email('Former@example.com');

const newUndo = (accountId: string, change: Partial<NewAddressUndo> = {}): NewAddressUndo => ({
  accountId,
  email: former,
  secretDigest: someDigest(),
  expiresAt: NOW + DAY,
  ...change,
});

export function addressUndos({ guarantee, rivals }: Suite): void {
  guarantee(
    'an undo link is found by its secret, with the address as it was written',
    async ({ storage }) => {
      const { id } = await createAccount(storage);
      const undo = newUndo(id);
      await storage.addressUndos.add(undo);
      const found = await storage.addressUndos.find(undo.secretDigest);
      const { secretDigest: _, ...kept } = undo;
      assert.deepEqual(found, { sequence: found?.sequence, ...kept });
      assert.equal(await storage.addressUndos.find(someDigest()), undefined);
    },
  );

  guarantee('an undo link works until it expires, whatever epoch its account is in', async ({ storage }) => {
    const { addressUndos, accounts } = storage;
    const { id } = await createAccount(storage);
    const undo = newUndo(id);
    await addressUndos.add(undo);
    await accounts.advanceEpoch(id);
    const { sequence = 0 } = (await addressUndos.find(undo.secretDigest)) ?? {};
    assert.equal(await addressUndos.use(sequence, undo.expiresAt), false);
    assert.equal(await addressUndos.use(sequence, undo.expiresAt - 1), true);
    assert.equal(await addressUndos.find(undo.secretDigest), undefined);
  });

  guarantee('of many who use one undo link at once one wins', async (database) => {
    const storages = await rivals(database);
    const { id } = await createAccount(database.storage);
    const undo = newUndo(id);
    await database.storage.addressUndos.add(undo);
    const { sequence = 0 } = (await database.storage.addressUndos.find(undo.secretDigest)) ?? {};
    const won = await atOnce(50, storages, ({ addressUndos }) => addressUndos.use(sequence, NOW));
    assert.equal(won.filter((each) => each).length, 1);
  });

  guarantee('only later undo links of the same account are cancelled', async ({ storage }) => {
    const { addressUndos } = storage;
    const [one, other] = [await createAccount(storage), await createAccount(storage)];
    const undos = [one, other, one, one].map(({ id }) => newUndo(id));
    for (const undo of undos) await addressUndos.add(undo);
    const found = () => Promise.all(undos.map(({ secretDigest }) => addressUndos.find(secretDigest)));
    const [, , second] = await found();
    assert.ok(second);
    await addressUndos.cancelAfter(second);
    assert.deepEqual(
      (await found()).map((undo) => undo !== undefined),
      [true, true, true, false],
    );
  });

  guarantee(
    'undo links go with their account, and are purged when they have expired',
    async ({ storage }) => {
      const { accounts, addressUndos } = storage;
      const [one, other] = [await createAccount(storage), await createAccount(storage)];
      const undos = [newUndo(one.id), newUndo(other.id), newUndo(other.id, { expiresAt: NOW + HOUR })];
      for (const undo of undos) await addressUndos.add(undo);
      await accounts.delete(one.id);
      assert.equal(await addressUndos.purge(NOW + HOUR, 100), 0);
      assert.equal(await addressUndos.purge(NOW + HOUR + 1, 100), 1);
      const left = await Promise.all(undos.map(({ secretDigest }) => addressUndos.find(secretDigest)));
      assert.deepEqual(
        left.map((undo) => undo !== undefined),
        [false, true, false],
      );
    },
  );
}
