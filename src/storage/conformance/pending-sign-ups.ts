import assert from 'node:assert/strict';
import { createAccount, createPending, email, HOUR, NOW, newChallenge, phone, username } from './fixture.ts';
import type { Suite } from './suite.ts';

const anEmail = email('alice@example.com');
const aUsername = username('alice');
const aPhone = phone('+4917012345678');

export function pendingSignUps({ guarantee }: Suite): void {
  const identities = {
    'an e-mail': { email: anEmail },
    'a phone number': { phone: aPhone },
    'a username': { username: aUsername },
    'a username and an e-mail': { username: aUsername, email: anEmail },
    'all three': { username: aUsername, email: anEmail, phone: aPhone },
  };
  for (const [has, own] of Object.entries(identities)) {
    guarantee(`a pending sign-up with ${has} goes for exactly that and nothing else`, async ({ storage }) => {
      const { id } = await createPending(storage, own);
      for (const [asked, identifiers] of Object.entries(identities)) {
        if (asked !== has) assert.equal(await storage.accounts.deletePending(identifiers), 0, asked);
      }
      assert.notEqual(await storage.accounts.findById(id), undefined);
      assert.equal(await storage.accounts.deletePending(own), 1);
      assert.equal(await storage.accounts.findById(id), undefined);
      assert.equal(await storage.accounts.deletePending(own), 0);
    });
  }

  guarantee(
    'a pending sign-up is not deleted with another username beside its e-mail',
    async ({ storage }) => {
      const { id } = await createPending(storage, { username: aUsername, email: anEmail });
      assert.equal(await storage.accounts.deletePending({ username: username('bob'), email: anEmail }), 0);
      assert.equal(
        await storage.accounts.deletePending({ username: aUsername, email: email('b@example.com') }),
        0,
      );
      assert.notEqual(await storage.accounts.findById(id), undefined);
    },
  );

  guarantee('a pending sign-up is deleted in whatever spelling it is asked for', async ({ storage }) => {
    await createPending(storage, { username: aUsername, email: anEmail });
    const respelled = { username: username('ALICE'), email: email('ＡＬＩＣＥ@Example.com') };
    assert.equal(await storage.accounts.deletePending(respelled), 1);
  });

  guarantee('an account that is active is no pending sign-up, verified or not', async ({ storage }) => {
    await createAccount(storage, { email: anEmail, activatedAt: NOW });
    await createAccount(storage, { username: aUsername, activatedAt: NOW, emailVerifiedAt: NOW });
    assert.equal(await storage.accounts.deletePending({ email: anEmail }), 0);
    assert.equal(await storage.accounts.deletePending({ username: aUsername }), 0);
    assert.equal(await storage.accounts.purgePending(NOW + HOUR, 100), 0);
    assert.equal(await storage.accounts.count(), 2);
  });

  // SEC-028
  guarantee('a deleted sign-up takes its password and its codes with it', async ({ storage }) => {
    const pending = await createPending(storage, { email: anEmail });
    const challenge = newChallenge(pending, { purpose: 'sign_up' });
    await storage.passwords.set(pending.id, 'hash', NOW);
    await storage.challenges.put(challenge);
    await storage.accounts.deletePending({ email: anEmail });
    assert.equal(await storage.passwords.find(pending.id), undefined);
    assert.equal(await storage.challenges.consume(challenge.id, NOW), false);
    assert.deepEqual(await storage.challenges.findByTarget('sign_up', challenge.target), []);
  });

  guarantee('sign-ups are purged when they were begun before the given instant', async ({ storage }) => {
    const old = await createPending(storage, { createdAt: NOW - 2 });
    const older = await createPending(storage, { createdAt: NOW - HOUR });
    const young = await createPending(storage, { createdAt: NOW });
    const active = await createAccount(storage, { createdAt: NOW - HOUR });
    await storage.passwords.set(old.id, 'hash', NOW);
    assert.equal(await storage.accounts.purgePending(NOW, 100), 2);
    const left = await storage.accounts.list({ skip: 0, limit: 10 });
    assert.deepEqual(new Set(left.map(({ id }) => id)), new Set([young.id, active.id]));
    assert.equal(await storage.passwords.find(old.id), undefined);
    assert.equal(await storage.accounts.findById(older.id), undefined);
    assert.equal(await storage.accounts.purgePending(NOW, 100), 0);
  });
}
