import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createAccount, NOW } from './fixture.ts';
import type { Suite } from './suite.ts';

export function passwords({ guarantee }: Suite): void {
  guarantee('an account has no password until one is set, and one at a time', async ({ storage }) => {
    const { id } = await createAccount(storage);
    const other = await createAccount(storage);
    assert.equal(await storage.passwords.find(id), undefined);
    await storage.passwords.set(id, 'first', NOW);
    await storage.passwords.set(other.id, 'another', NOW);
    assert.equal(await storage.passwords.find(id), 'first');
    await storage.passwords.set(id, 'second', NOW);
    assert.equal(await storage.passwords.find(id), 'second');
    assert.equal(await storage.passwords.find(other.id), 'another');
    assert.equal(await storage.passwords.find(randomUUID()), undefined);
  });

  // SEC-044
  guarantee('a password is replaced only by somebody who knew the one before', async ({ storage }) => {
    const { id } = await createAccount(storage);
    await storage.passwords.set(id, 'first', NOW);
    assert.equal(await storage.passwords.replace(id, { from: 'first', to: 'second', now: NOW }), true);
    assert.equal(await storage.passwords.replace(id, { from: 'first', to: 'third', now: NOW }), false);
    assert.equal(await storage.passwords.replace(id, { from: 'SECOND', to: 'third', now: NOW }), false);
    assert.equal(await storage.passwords.find(id), 'second');
  });

  guarantee('replacing sets no password where there is none', async ({ storage }) => {
    const { id } = await createAccount(storage);
    const other = await createAccount(storage);
    await storage.passwords.set(other.id, 'first', NOW);
    assert.equal(await storage.passwords.replace(id, { from: 'first', to: 'second', now: NOW }), false);
    assert.equal(await storage.passwords.find(id), undefined);
    assert.equal(await storage.passwords.find(other.id), 'first');
  });

  guarantee('a removed password is gone, its neighbours are not', async ({ storage }) => {
    const { id } = await createAccount(storage);
    const other = await createAccount(storage);
    await storage.passwords.set(id, 'first', NOW);
    await storage.passwords.set(other.id, 'another', NOW);
    assert.equal(await storage.passwords.remove(id), true);
    assert.equal(await storage.passwords.remove(id), false);
    assert.equal(await storage.passwords.find(id), undefined);
    assert.equal(await storage.passwords.find(other.id), 'another');
  });
}
