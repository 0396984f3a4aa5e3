import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Account, ContactIdentifier, Identifier, NewAccount } from '../../core/account/index.ts';
import {
  createAccount,
  createPending,
  createSession,
  email,
  HOUR,
  isLive,
  NOW,
  newAccount,
  newChallenge,
  phone,
  someDigest,
  username,
} from './fixture.ts';
import type { Suite } from './suite.ts';

/** Spellings of one identifier: what differs is case, composition and width (SEC-084). */
const spellings: Record<Identifier['kind'], readonly [string, ...string[]]> = {
  email: [
    'zoë@example.com',
    'ZOE\u0308@EXAMPLE.COM',
    'zoe\u0308@example.com',
    'ｚｏë＠ｅｘａｍｐｌｅ．ｃｏｍ',
    ' Zoë@Example.Com ',
  ],
  phone: ['+4917012345678', '+49 170 1234 5678', '＋４９１７０１２３４５６７８', '+49(170)1234-5678'],
  username: ['zoë', 'ZOË', 'zoe\u0308', 'ｚｏë'],
};
const parse = { email, phone, username };

export function accounts({ guarantee, guaranteeWith }: Suite): void {
  guarantee('an account comes back as it was created', async ({ storage }) => {
    const created = await createAccount(storage, {
      username: username('Alice'),
      email: email('Alice@Example.com'),
      phone: phone('+4917012345678'),
      fullName: 'Alice Liddell',
      isSuperuser: true,
      isStaff: true,
      createdAt: NOW - 4,
      activatedAt: NOW - 3,
      emailVerifiedAt: NOW - 2,
      phoneVerifiedAt: NOW - 1,
      disabledAt: NOW,
    });
    const expected: Account = {
      id: created.id,
      number: created.number,
      username: 'Alice',
      email: 'Alice@example.com',
      phone: '+4917012345678',
      fullName: 'Alice Liddell',
      givenName: null,
      familyName: null,
      birthDate: null,
      bio: null,
      isSuperuser: true,
      isStaff: true,
      createdAt: NOW - 4,
      activatedAt: NOW - 3,
      emailVerifiedAt: NOW - 2,
      phoneVerifiedAt: NOW - 1,
      firstProvedAt: NOW - 2,
      disabledAt: NOW,
      lastSeenAt: null,
      epoch: 0,
    };
    assert.deepEqual(created, expected);
    assert.deepEqual(await storage.accounts.findById(created.id), expected);
  });

  guarantee('what a creation does not say is off, never or not set', async ({ storage }) => {
    const { id } = await createAccount(storage, { email: email('a@example.com'), activatedAt: null });
    const found = await storage.accounts.findById(id);
    assert.deepEqual(
      [found?.isSuperuser, found?.isStaff, found?.username, found?.phone, found?.fullName],
      [false, false, null, null, null],
    );
    assert.deepEqual(
      [found?.activatedAt, found?.emailVerifiedAt, found?.phoneVerifiedAt, found?.disabledAt],
      [null, null, null, null],
    );
  });

  guarantee('the two ranks of an account are two', async ({ storage }) => {
    const superuser = await createAccount(storage, { isSuperuser: true });
    const staff = await createAccount(storage, { isStaff: true });
    assert.deepEqual([superuser.isSuperuser, superuser.isStaff], [true, false]);
    assert.deepEqual([staff.isSuperuser, staff.isStaff], [false, true]);
  });

  guarantee('an account is found by its number, and nobody by another', async ({ storage }) => {
    const { id, number } = await createAccount(storage);
    const other = await createAccount(storage);
    assert.equal((await storage.accounts.findByNumber(number))?.id, id);
    assert.equal((await storage.accounts.findByNumber(other.number))?.id, other.id);
    for (const free of [0, -1, other.number + 1, Number.MAX_SAFE_INTEGER, 1.5]) {
      assert.equal(await storage.accounts.findByNumber(free), undefined);
    }
  });

  guarantee('nobody is found by an id or identifier that no account has', async ({ storage }) => {
    await createAccount(storage);
    assert.equal(await storage.accounts.findById(randomUUID()), undefined);
    for (const identifier of [email('b@example.com'), phone('+4917012345678'), username('b')]) {
      assert.equal(await storage.accounts.findByIdentifier(identifier), undefined);
    }
  });

  for (const [kind, [first, ...others]] of Object.entries(spellings)) {
    const read = (text: string) => parse[kind as Identifier['kind']](text) as ContactIdentifier;

    guarantee(`every spelling of one ${kind} finds the same account`, async ({ storage }) => {
      const { id } = await createAccount(storage, { [kind]: read(first) });
      for (const spelling of [first, ...others]) {
        assert.equal((await storage.accounts.findByIdentifier(read(spelling)))?.id, id, spelling);
      }
    });

    guarantee(`one ${kind} belongs to one account, whatever its spelling`, async ({ storage }) => {
      await createAccount(storage, { [kind]: read(first) });
      for (const spelling of [first, ...others]) {
        const outcome = await storage.accounts.create(newAccount({ [kind]: read(spelling) }));
        assert.deepEqual(outcome, { kind: 'taken', by: kind }, spelling);
      }
      assert.equal(await storage.accounts.count(), 1);
    });
  }

  guarantee('a taken identifier is named, whatever else is free', async ({ storage }) => {
    await createAccount(storage, {
      username: username('alice'),
      email: email('a@example.com'),
      phone: phone('+4917012345678'),
    });
    const free = { username: username('bob'), email: email('b@example.com'), phone: phone('+4917012345679') };
    const taken = [
      ['username', username('ALICE')],
      ['email', email('A@example.com')],
      ['phone', phone('+49 170 12345678')],
    ] as const;
    for (const [by, identifier] of taken) {
      const outcome = await storage.accounts.create(newAccount({ ...free, [by]: identifier }));
      assert.deepEqual(outcome, { kind: 'taken', by });
    }
  });

  guarantee('a refused creation leaves nothing behind', async ({ storage }) => {
    await createAccount(storage, { email: email('a@example.com') });
    const refused = newAccount({ email: email('a@example.com'), username: username('bob') });
    assert.equal((await storage.accounts.create(refused)).kind, 'taken');
    assert.equal(await storage.accounts.findById(refused.id), undefined);
    await createAccount(storage, { username: username('bob') });
    assert.equal(await storage.accounts.count(), 2);
  });

  guarantee(
    'accounts without an identifier of a kind do not take it from each other',
    async ({ storage }) => {
      await createAccount(storage, { username: username('alice') });
      await createAccount(storage, { username: username('bob') });
      await createAccount(storage, { phone: phone('+4917012345678') });
      assert.equal(await storage.accounts.count(), 3);
    },
  );

  // SEC-065
  guarantee(
    'numbers grow, and none is used twice, not even that of a deleted account',
    async ({ storage }) => {
      const first = await createAccount(storage);
      const second = await createAccount(storage);
      await storage.accounts.delete(second.id);
      const third = await createAccount(storage);
      await storage.accounts.delete(third.id);
      await storage.accounts.delete(first.id);
      const fourth = await createAccount(storage);
      const numbers = [first, second, third, fourth].map(({ number }) => number);
      assert.ok(numbers.every((number) => Number.isSafeInteger(number) && number > 0));
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].toSorted((left, right) => left - right),
      );
    },
  );

  guarantee('deleting an account deletes what hangs on it and frees its identifiers', async ({ storage }) => {
    const identifiers = { username: username('alice'), email: email('a@example.com') };
    const account = await createAccount(storage, identifiers);
    const other = await createAccount(storage);
    const digest = someDigest();
    const session = await createSession(storage, account, { refresh: { digest, expiresAt: NOW + HOUR } });
    await storage.passwords.set(account.id, 'hash', NOW);
    await storage.passwords.set(other.id, 'other hash', NOW);
    const challenge = newChallenge(account);
    await storage.challenges.put(challenge);

    assert.equal(await storage.accounts.delete(account.id), true);
    assert.equal(await storage.accounts.findById(account.id), undefined);
    assert.equal(await storage.accounts.findByIdentifier(identifiers.email), undefined);
    assert.equal(await storage.passwords.find(account.id), undefined);
    assert.equal(await isLive(storage, session), false);
    assert.deepEqual(await storage.sessions.list(account.id), []);
    assert.deepEqual(await storage.challenges.findByTarget(challenge.purpose, challenge.target), []);
    assert.equal(await storage.challenges.consume(challenge.id, NOW), false);
    const successor = { digest: someDigest(), expiresAt: NOW + HOUR };
    const exchange = await storage.refreshTokens.exchange({ digest, successor, now: NOW, graceMs: 0 });
    assert.deepEqual(exchange, { kind: 'unknown' });
    assert.equal(await storage.passwords.find(other.id), 'other hash');
    assert.notEqual((await createAccount(storage, identifiers)).id, account.id);
  });

  guarantee('deleting an account tells whether it was there', async ({ storage }) => {
    const { id } = await createAccount(storage);
    assert.equal(await storage.accounts.delete(id), true);
    assert.equal(await storage.accounts.delete(id), false);
    assert.equal(await storage.accounts.delete(randomUUID()), false);
  });

  guarantee(
    'accounts are listed newest first, page by page, whichever end a page is near to',
    async ({ storage }) => {
      const created: string[] = [];
      await storage.transaction(async (stores) => {
        for (let index = 0; index < 240; index += 1) created.unshift((await createAccount(stores)).id);
      });
      for (const index of [200, 120, 5]) {
        const [gone = ''] = created.splice(index, 1);
        await storage.accounts.delete(gone);
      }
      for (const skip of [0, 1, 99, 100, 101, 110, 117, 118, 119, 150, 200, 235, 236, 237, 238]) {
        for (const limit of [0, 1, 2, 50, 137, 300]) {
          const listed = await storage.accounts.list({ skip, limit });
          const expected = created.slice(skip, skip + limit);
          assert.deepEqual(
            listed.map(({ id }) => id),
            expected,
            `skip ${skip}, limit ${limit}`,
          );
        }
      }
      assert.deepEqual(await storage.accounts.list({ skip: Number.MAX_SAFE_INTEGER, limit: 10_000 }), []);
    },
  );

  guarantee('the count of accounts is exact after whatever makes and deletes them', async ({ storage }) => {
    const { accounts } = storage;
    assert.equal(await accounts.count(), 0);
    const alice = await createAccount(storage, { email: email('alice@example.com') });
    await createPending(storage, { email: email('pending@example.com') });
    await createPending(storage, { createdAt: NOW - HOUR });
    await createPending(storage, { createdAt: NOW - HOUR });
    assert.equal(await accounts.count(), 4, 'pending ones count');
    assert.equal((await accounts.create(newAccount({ email: email('ALICE@example.com') }))).kind, 'taken');
    assert.equal(await accounts.count(), 4);
    await accounts.deletePending({ email: email('pending@example.com') });
    await accounts.deletePending({ email: email('pending@example.com') });
    assert.equal(await accounts.count(), 3);
    assert.equal(await accounts.purgePending(NOW, 100), 2);
    assert.equal(await accounts.count(), 1);
    const undone = storage.transaction(async (stores) => {
      await stores.accounts.delete(alice.id);
      await createAccount(stores);
      await createAccount(stores);
      assert.equal(await stores.accounts.count(), 2, 'a transaction sees its own');
      throw new Error('undone');
    });
    await assert.rejects(undone, /undone/);
    assert.equal(await accounts.count(), 1);
    await accounts.delete(alice.id);
    await accounts.delete(alice.id);
    assert.equal(await accounts.count(), 0);
  });

  guaranteeWith('reading beside a transaction')(
    'a count has what is committed, and nothing that is not',
    async ({ storage }) => {
      await createAccount(storage);
      await storage.transaction(async (stores) => {
        await createAccount(stores);
        assert.equal(await storage.accounts.count(), 1);
      });
      assert.equal(await storage.accounts.count(), 2);
    },
  );

  guarantee(
    'accounts are found by the beginning of an address or username, byte by byte, in the order of their numbers',
    async ({ storage }) => {
      const { accounts } = storage;
      const numberOf = async (change: Partial<NewAccount>) => (await createAccount(storage, change)).number;
      const one = await numberOf({ email: email('anna@example.com'), username: username('anna') });
      const two = await numberOf({ username: username('anna-lena') });
      const three = await numberOf({ email: email('annä@example.com') });
      const four = await numberOf({ username: username('an%na') });
      await numberOf({ username: username('anm') });
      const found = async (prefix: string, limit = 10) =>
        (await accounts.findByPrefix(prefix, limit)).map(({ number }) => number);
      assert.deepEqual(await found('anna'), [one, two]);
      assert.deepEqual(await found('ann'), [one, two, three]);
      assert.deepEqual(await found('annä'), [three]);
      assert.deepEqual(await found('an%'), [four]);
      assert.deepEqual(await found('ann', 2), [one, two]);
      for (const none of ['anna@example.comx', 'ANNA', 'nna', '%', '_', 'annb'])
        assert.deepEqual(await found(none), [], none);
    },
  );
}
