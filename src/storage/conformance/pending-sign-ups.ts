import assert from 'node:assert/strict';
import type { Account, ContactIdentifier, NewAccount } from '../../core/account/index.ts';
import {
  atOnce,
  createAccount,
  createPending,
  email,
  HOUR,
  NOW,
  newAccount,
  newChallenge,
  phone,
  username,
} from './fixture.ts';
import type { Suite } from './suite.ts';

const anEmail = email('alice@example.com');
const aUsername = username('alice');
const aPhone = phone('+4917012345678');

/** A pending sign-up for an address. */
const signUp = (
  address: ContactIdentifier,
  change: Partial<NonNullable<NewAccount['signUp']>> = {},
): Partial<NewAccount> => ({
  signUp: { address, contract: 'fabric', network: '192.0.2.0', isContested: false, ...change },
});

export function pendingSignUps({ guarantee, rivals }: Suite): void {
  for (const [kind, address, respelled] of [
    ['an e-mail address', anEmail, email('ＡＬＩＣＥ@Example.com')],
    ['a phone number', aPhone, phone('+49 170 12345678')],
  ] as const) {
    const holding = { [address.kind]: address };

    guarantee(`a pending sign-up is found and deleted by ${kind}, in any spelling`, async ({ storage }) => {
      const { accounts } = storage;
      const { id } = await createPending(storage, { ...holding, ...signUp(address) });
      const origin = { contract: 'fabric', network: '192.0.2.0', isContested: false };
      const found = { accountId: id, address: address.value, ...origin };
      assert.deepEqual(await accounts.findPending(respelled), found);
      assert.equal(await accounts.findPending(email('other@example.com')), undefined);
      assert.deepEqual(await accounts.signUpAddress(id), address);
      assert.deepEqual(await accounts.deletePending({ [address.kind]: respelled }), [id]);
      assert.equal(await accounts.signUpAddress(id), undefined);
      assert.equal(await accounts.findById(id), undefined);
      assert.equal(await accounts.findPending(address), undefined);
      assert.deepEqual(await accounts.deletePending(holding), []);
    });

    guarantee(`a pending sign-up frees its username with ${kind}`, async ({ storage }) => {
      const { id } = await createPending(storage, { username: aUsername, ...holding, ...signUp(address) });
      assert.deepEqual(await storage.accounts.deletePending(holding), [id]);
      await createAccount(storage, { username: aUsername });
    });

    guarantee(`a sign-up waits for ${kind} that an account holds unproved`, async ({ storage }) => {
      const { accounts } = storage;
      const holder = await createAccount(storage, holding);
      const pending = await createPending(storage, { username: aUsername, ...signUp(address) });
      assert.equal((await accounts.findPending(address))?.accountId, pending.id);
      assert.equal((await accounts.findByIdentifier(address))?.id, holder.id);
      assert.equal(
        (await accounts.create(newAccount({ activatedAt: null, ...signUp(address) }))).kind,
        'taken',
      );
      assert.deepEqual(await accounts.signUpAddress(pending.id), address);
      assert.equal(await accounts.signUpAddress(holder.id), undefined);
      assert.deepEqual(await accounts.deletePending(holding), [pending.id]);
      assert.deepEqual(await accounts.findById(holder.id), holder);
      assert.equal(await accounts.findById(pending.id), undefined);
    });

    guarantee(`an account loses ${kind} only while it holds it unproved`, async ({ storage }) => {
      const { accounts } = storage;
      const other = email('other@example.com');
      const { id } = await createAccount(storage, { ...holding, username: aUsername });
      assert.equal(await accounts.releaseAddress(id, other), false);
      const proved = await createAccount(storage, { email: other, emailVerifiedAt: NOW });
      assert.equal(await accounts.releaseAddress(proved.id, other), false);
      assert.equal(await accounts.releaseAddress(id, respelled), true);
      const left = await accounts.findById(id);
      assert.deepEqual([left?.[address.kind], left?.username], [null, 'alice']);
      assert.equal(await accounts.releaseAddress(id, address), false);
      await createAccount(storage, holding);
    });

    guarantee(`an account that is active is no pending sign-up for ${kind}`, async ({ storage }) => {
      const { accounts } = storage;
      const activated = await createPending(storage, { ...holding, ...signUp(address) });
      await accounts.activate(activated.id, NOW);
      assert.equal(await accounts.findPending(address), undefined);
      assert.deepEqual(await accounts.deletePending(holding), []);
      assert.equal(await accounts.releaseAddress(activated.id, address), true);
      const confirmed = await createPending(storage, { ...holding, ...signUp(address) });
      await accounts.markVerified(confirmed.id, address.kind, NOW);
      assert.equal(await accounts.findPending(address), undefined);
      assert.deepEqual(await accounts.deletePending(holding), []);
    });
  }

  guarantee(
    'a pending sign-up keeps whether it was contested, and where it came from',
    async ({ storage }) => {
      const { id } = await createPending(storage, {
        ...signUp(anEmail, { contract: 'notes', network: '2001:db8::', isContested: true }),
      });
      assert.equal(await storage.accounts.isContested(id), true);
      const other = await createPending(storage, signUp(email('other@example.com')));
      assert.equal(await storage.accounts.isContested(other.id), false);
      assert.equal(await storage.accounts.isContested('nobody'), false);
      assert.deepEqual(await storage.accounts.findPending(anEmail), {
        accountId: id,
        address: 'alice@example.com',
        contract: 'notes',
        network: '2001:db8::',
        isContested: true,
      });
    },
  );

  guarantee(
    'a pending account that an operator moves waits for its new address alone',
    async ({ storage }) => {
      const { accounts } = storage;
      const { id } = await createPending(storage, { email: anEmail, ...signUp(anEmail) });
      const moved = email('moved@example.com');
      assert.equal(await accounts.changeEmail(id, moved, null), 'changed');
      assert.equal(await accounts.findPending(anEmail), undefined);
      assert.equal((await accounts.findPending(moved))?.accountId, id);
    },
  );

  // SEC-089
  guarantee(
    'of many who take one address at once, signing up or moving there, one has it',
    async (database) => {
      const storages = await rivals(database);
      const holder = await createAccount(database.storage, { email: anEmail });
      const takers: Account[] = [];
      for (let index = 0; index < 20; index += 1) {
        takers.push(await createAccount(database.storage, { username: username(`taker-${index}`) }));
      }
      const won = await atOnce(20, storages, (storage, index) =>
        storage.transaction(async (stores) => {
          const taker = takers[index]?.id ?? '';
          const owner = await stores.accounts.findByIdentifier(anEmail);
          if (owner !== undefined && !(await stores.accounts.releaseAddress(owner.id, anEmail))) return false;
          return (await stores.accounts.changeEmail(taker, anEmail, NOW)) === 'changed';
        }),
      );
      assert.equal(won.filter((each) => each).length, 1);
      const winner = takers[won.indexOf(true)];
      assert.equal((await database.storage.accounts.findByIdentifier(anEmail))?.id, winner?.id);
      assert.equal((await database.storage.accounts.findById(holder.id))?.email, null);
    },
  );

  guarantee('an account that is active is no pending sign-up, verified or not', async ({ storage }) => {
    await createAccount(storage, { email: anEmail, activatedAt: NOW });
    await createAccount(storage, { username: aUsername, activatedAt: NOW, emailVerifiedAt: NOW });
    assert.deepEqual(await storage.accounts.deletePending({ email: anEmail }), []);
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
