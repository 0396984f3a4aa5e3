import assert from 'node:assert/strict';
import { AuthError } from '../../core/errors.ts';
import type { Storage, Stores } from '../../core/storage.ts';
import {
  createAccount,
  createPending,
  createSession,
  email,
  failAttempt,
  HOUR,
  isLive,
  NOW,
  newAccount,
  newChallenge,
  newEntry,
  newSession,
} from './fixture.ts';
import type { Suite } from './suite.ts';

const policy = { failures: 5, lockMs: HOUR, disableAfter: 100, reservationMs: HOUR };

/** One write through every store; answers what each store tells about it afterwards. */
async function writeEverywhere(stores: Stores) {
  const account = await createAccount(stores, { email: email('written@example.com') });
  const challenge = newChallenge(account);
  const session = newSession(account);
  await stores.passwords.set(account.id, 'hash', NOW);
  await stores.challenges.put(challenge);
  await stores.sessions.create(session);
  await failAttempt(stores, 'account:x', policy);
  await stores.quotas.count('key', { limit: 1, windowMs: HOUR }, NOW);
  await stores.outbox.add(newEntry());
  await stores.audit.record({ at: NOW, type: 'account_created', accountId: account.id, door: 'cli' });
  return { account, challenge, session };
}

/** Changes what it looks at, as its last act: tries are counted by looking. */
async function whatIsThere(stores: Stores, written: Awaited<ReturnType<typeof writeEverywhere>>) {
  const { account, challenge, session } = written;
  const failures = await failAttempt(stores, 'account:x', policy);
  const quota = await stores.quotas.count('key', { limit: 1, windowMs: HOUR }, NOW);
  return {
    account: (await stores.accounts.findById(account.id)) !== undefined,
    password: (await stores.passwords.find(account.id)) !== undefined,
    challenge: (await stores.challenges.findByTarget(challenge.purpose, challenge.target)).length > 0,
    session: await isLive(stores, session),
    lockout: failures === 2,
    quota: quota.kind === 'exceeded',
    message: (await stores.outbox.countPending()) > 0,
    event: (await stores.audit.list({ accountId: account.id, limit: 1 })).length > 0,
  };
}

const everything = {
  account: true,
  password: true,
  challenge: true,
  session: true,
  lockout: true,
  quota: true,
  message: true,
  event: true,
};
const nothing = Object.fromEntries(Object.keys(everything).map((name) => [name, false]));

class OnPurpose extends Error {}

/** Looks around while a transaction that has done its work is still open. It then commits, or fails as it is told. */
async function beside<T>(
  storage: Storage,
  work: (stores: Stores) => Promise<T>,
  look: () => Promise<unknown>,
  failure?: Error,
): Promise<T> {
  const worked = Promise.withResolvers<void>();
  const looked = Promise.withResolvers<void>();
  const finished = storage.transaction(async (stores) => {
    const result = await work(stores);
    worked.resolve();
    await looked.promise;
    if (failure !== undefined) throw failure;
    return result;
  });
  await Promise.race([worked.promise, finished]);
  try {
    await look();
  } finally {
    // Also when it did not look as it should: nobody could close the database otherwise.
    looked.resolve();
    await finished.catch(() => {});
  }
  return finished;
}

export function transactions({ guarantee, guaranteeWith }: Suite): void {
  guarantee('a transaction sees what it wrote, through every store', async ({ storage }) => {
    const seen = await storage.transaction(async (stores) =>
      whatIsThere(stores, await writeEverywhere(stores)),
    );
    assert.deepEqual(seen, everything);
  });

  guarantee(
    'what a transaction wrote is there after it, and its result is handed on',
    async ({ storage }) => {
      const written = await storage.transaction(writeEverywhere);
      assert.deepEqual(await whatIsThere(storage, written), everything);
    },
  );

  guarantee('nothing of a transaction that throws stays, in any store', async ({ storage }) => {
    const failure = new OnPurpose('on purpose');
    let written: Awaited<ReturnType<typeof writeEverywhere>> | undefined;
    const failing = storage.transaction(async (stores) => {
      written = await writeEverywhere(stores);
      throw failure;
    });
    await assert.rejects(failing, (error) => error === failure);
    assert.ok(written !== undefined);
    assert.deepEqual(await whatIsThere(storage, written), nothing);
  });

  guarantee('a rollback brings back what was deleted and changed', async ({ storage }) => {
    const account = await createAccount(storage);
    const session = await createSession(storage, account);
    const pending = await createPending(storage);
    await storage.passwords.set(account.id, 'hash', NOW);
    const failing = storage.transaction(async (stores) => {
      await stores.passwords.remove(account.id);
      const epoch = await stores.accounts.advanceEpoch(account.id);
      await stores.sessions.endAll(account.id, { now: NOW, reason: 'revoked', epoch });
      await stores.accounts.delete(pending.id);
      throw new OnPurpose();
    });
    await assert.rejects(failing, OnPurpose);
    assert.equal(await storage.passwords.find(account.id), 'hash');
    assert.equal(await isLive(storage, session), true);
    assert.deepEqual(await storage.accounts.findById(account.id), account);
    assert.deepEqual(await storage.accounts.findById(pending.id), pending);
  });

  guarantee('a refusal thrown in a transaction arrives as it was thrown', async ({ storage }) => {
    const refusal = new AuthError('identifier_taken', { kind: 'email' });
    const refused = storage.transaction(() => Promise.reject(refusal));
    await assert.rejects(refused, (error) => error === refusal);
  });

  guarantee('a taken identifier leaves its transaction usable', async ({ storage }) => {
    const { id } = await createAccount(storage, { email: email('a@example.com') });
    await storage.transaction(async (stores) => {
      const outcome = await stores.accounts.create(newAccount({ email: email('A@example.com') }));
      assert.equal(outcome.kind, 'taken');
      await stores.accounts.updateProfile(id, { bio: 'still here' });
    });
    assert.equal((await storage.accounts.findById(id))?.bio, 'still here');
  });

  guarantee('after a failed transaction the storage goes on', async ({ storage }) => {
    for (let index = 0; index < 30; index += 1) {
      await assert.rejects(
        storage.transaction(async (stores) => {
          await createAccount(stores);
          throw new OnPurpose();
        }),
        OnPurpose,
      );
    }
    await storage.transaction((stores) => createAccount(stores));
    assert.equal(await storage.accounts.count(), 1);
    await storage.ping();
  });

  guarantee('the stores of a finished transaction refuse to work', async ({ storage }) => {
    const kept: Stores[] = [];
    await storage.transaction(async (stores) => {
      kept.push(stores);
    });
    const failing = storage.transaction(async (stores) => {
      kept.push(stores);
      throw new OnPurpose();
    });
    await assert.rejects(failing, OnPurpose);
    for (const stores of kept) {
      await assert.rejects(createAccount(stores));
      await assert.rejects(stores.accounts.count());
    }
    assert.equal(await storage.accounts.count(), 0);
  });

  guarantee('the stores of a finished transaction cannot slip into another one', async ({ storage }) => {
    let leftover: Stores | undefined;
    await storage.transaction(async (stores) => {
      leftover = stores;
    });
    await beside(
      storage,
      async () => {},
      async () => {
        assert.ok(leftover !== undefined);
        await assert.rejects(createAccount(leftover));
      },
    );
    assert.equal(await storage.accounts.count(), 0);
  });

  guaranteeWith('reading beside a transaction')(
    'nobody else sees what is not committed, and everybody sees what is',
    async ({ storage }) => {
      const { id } = await beside(storage, createAccount, async () => {
        assert.equal(await storage.accounts.count(), 0);
      });
      assert.equal((await storage.accounts.findById(id))?.id, id);
    },
  );

  guaranteeWith('reading beside a transaction')(
    'nobody ever saw what is rolled back',
    async ({ storage }) => {
      const account = await createAccount(storage);
      const isThere = async () => assert.deepEqual(await storage.accounts.findById(account.id), account);
      const deletion = beside(
        storage,
        ({ accounts }) => accounts.delete(account.id),
        isThere,
        new OnPurpose(),
      );
      await assert.rejects(deletion, OnPurpose);
      await isThere();
    },
  );

  guarantee('the database answers a ping', async ({ storage }) => {
    await storage.ping();
    await createAccount(storage);
    await storage.ping();
    assert.equal(await storage.accounts.count(), 1);
  });
}
