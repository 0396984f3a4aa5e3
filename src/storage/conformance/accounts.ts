import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Account, ContactIdentifier, Identifier } from '../../core/account/index.ts';
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

export function accounts({ guarantee }: Suite): void {
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
    assert.deepEqual(await storage.challenges.countTry(challenge.purpose, challenge.target), []);
    assert.equal(await storage.challenges.consume(challenge.id, NOW), false);
    const successor = { digest: someDigest(), expiresAt: NOW + HOUR };
    const exchange = await storage.sessions.rotate({ digest, successor, now: NOW, graceMs: 0 });
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

  guarantee('the proof of an address is noted once, and activates', async ({ storage }) => {
    const { id } = await createAccount(storage, {
      email: email('a@example.com'),
      phone: phone('+4917012345678'),
      activatedAt: null,
    });
    await storage.accounts.markVerified(id, 'email', NOW + 1);
    await storage.accounts.markVerified(id, 'email', NOW + 2);
    await storage.accounts.markVerified(id, 'phone', NOW + 3);
    await storage.accounts.markVerified(id, 'phone', NOW + 4);
    await storage.accounts.markVerified(randomUUID(), 'email', NOW + 5);
    const account = await storage.accounts.findById(id);
    assert.deepEqual(
      [account?.activatedAt, account?.emailVerifiedAt, account?.phoneVerifiedAt],
      [NOW + 1, NOW + 1, NOW + 3],
    );
  });

  guarantee('an account that was active before the proof stays active since then', async ({ storage }) => {
    const { id } = await createAccount(storage, { activatedAt: NOW - HOUR });
    await storage.accounts.markVerified(id, 'email', NOW);
    const account = await storage.accounts.findById(id);
    assert.deepEqual([account?.activatedAt, account?.emailVerifiedAt], [NOW - HOUR, NOW]);
  });

  guarantee('a profile changes where the patch says so and nowhere else', async ({ storage }) => {
    const { id } = await createAccount(storage, { fullName: 'Alice Liddell' });
    const bystander = await createAccount(storage);
    const patched = await storage.accounts.updateProfile(id, {
      givenName: 'Alice',
      familyName: 'Liddell',
      birthDate: '1852-05-04',
      bio: 'curious',
    });
    const names = (account: Account | undefined) => [
      account?.fullName,
      account?.givenName,
      account?.familyName,
      account?.birthDate,
      account?.bio,
    ];
    assert.deepEqual(names(patched), ['Alice Liddell', 'Alice', 'Liddell', '1852-05-04', 'curious']);
    const cleared = await storage.accounts.updateProfile(id, { bio: null, fullName: null });
    assert.deepEqual(names(cleared), [null, 'Alice', 'Liddell', '1852-05-04', null]);
    assert.deepEqual(await storage.accounts.updateProfile(id, {}), cleared);
    assert.deepEqual(await storage.accounts.findById(id), cleared);
    assert.deepEqual(await storage.accounts.findById(bystander.id), bystander);
  });

  guarantee('the profile of nobody cannot be changed', async ({ storage }) => {
    assert.equal(await storage.accounts.updateProfile(randomUUID(), { bio: 'x' }), undefined);
    assert.equal(await storage.accounts.updateProfile(randomUUID(), {}), undefined);
  });

  guarantee('an account that moves to a proved address leaves the old one to others', async ({ storage }) => {
    const { id } = await createAccount(storage, { email: email('old@example.com') });
    assert.equal(await storage.accounts.changeEmail(id, email('New@example.com'), NOW + 5), 'changed');
    const moved = await storage.accounts.findByIdentifier(email('NEW@example.com'));
    assert.deepEqual([moved?.id, moved?.email, moved?.emailVerifiedAt], [id, 'New@example.com', NOW + 5]);
    assert.equal(await storage.accounts.findByIdentifier(email('old@example.com')), undefined);
    await createAccount(storage, { email: email('old@example.com') });
  });

  guarantee('an account cannot move to an address that another has, in any spelling', async ({ storage }) => {
    await createAccount(storage, { email: email('taken@example.com') });
    const before = await createAccount(storage, { email: email('mine@example.com') });
    assert.equal(await storage.accounts.changeEmail(before.id, email('TAKEN@example.com'), NOW), 'taken');
    assert.deepEqual(await storage.accounts.findById(before.id), before);
  });

  guarantee('a refused move leaves its transaction usable', async ({ storage }) => {
    await createAccount(storage, { email: email('taken@example.com') });
    const { id } = await createAccount(storage, { email: email('mine@example.com') });
    await storage.transaction(async (stores) => {
      assert.equal(await stores.accounts.changeEmail(id, email('taken@example.com'), NOW), 'taken');
      await stores.accounts.updateProfile(id, { bio: 'still here' });
    });
    assert.equal((await storage.accounts.findById(id))?.bio, 'still here');
  });

  guarantee('an account may move to another spelling of its own address', async ({ storage }) => {
    const { id } = await createAccount(storage, { email: email('alice@example.com') });
    assert.equal(await storage.accounts.changeEmail(id, email('Alice@example.com'), NOW), 'changed');
    assert.equal((await storage.accounts.findById(id))?.email, 'Alice@example.com');
  });

  guarantee(
    'a username can be taken, changed and given up, and is one name in any case',
    async ({ storage }) => {
      const { accounts } = storage;
      const { id } = await createAccount(storage);
      const other = await createAccount(storage);
      assert.equal(await accounts.changeUsername(id, username('Alice')), 'changed');
      assert.equal((await accounts.findByIdentifier(username('ALICE')))?.username, 'Alice');
      assert.equal(await accounts.changeUsername(other.id, username('aLiCe')), 'taken');
      assert.equal((await accounts.findById(other.id))?.username, null);
      assert.equal(await accounts.changeUsername(id, username('alice')), 'changed');
      assert.equal(await accounts.changeUsername(id, null), 'changed');
      assert.equal(await accounts.changeUsername(other.id, username('aLiCe')), 'changed');
      assert.equal((await accounts.findById(id))?.username, null);
    },
  );

  guarantee('an address that nobody has proved stands unproved', async ({ storage }) => {
    const { id } = await createAccount(storage, { emailVerifiedAt: NOW });
    assert.equal(await storage.accounts.changeEmail(id, email('unproved@example.com'), null), 'changed');
    assert.equal((await storage.accounts.findById(id))?.emailVerifiedAt, null);
  });

  guarantee('rights are given and taken one by one, from one account alone', async ({ storage }) => {
    const { accounts } = storage;
    const { id } = await createAccount(storage);
    const other = await createAccount(storage);
    const rightsOf = async (whose: string) => {
      const account = await accounts.findById(whose);
      return [account?.isSuperuser, account?.isStaff];
    };
    await accounts.setRights(id, {});
    assert.deepEqual(await rightsOf(id), [false, false]);
    await accounts.setRights(id, { isSuperuser: true });
    assert.deepEqual(await rightsOf(id), [true, false]);
    await accounts.setRights(id, { isStaff: true });
    await accounts.setRights(id, { isSuperuser: false });
    assert.deepEqual(await rightsOf(id), [false, true]);
    assert.deepEqual(await rightsOf(other.id), [false, false]);
  });

  guarantee('an account is activated once', async ({ storage }) => {
    const { id } = await createPending(storage);
    await storage.accounts.activate(id, NOW + 1);
    await storage.accounts.activate(id, NOW + 2);
    assert.equal((await storage.accounts.findById(id))?.activatedAt, NOW + 1);
  });

  guarantee('an account is switched off and on', async ({ storage }) => {
    const { id } = await createAccount(storage);
    assert.equal((await storage.accounts.setDisabled(id, NOW))?.disabledAt, NOW);
    assert.equal((await storage.accounts.findById(id))?.disabledAt, NOW);
    assert.equal((await storage.accounts.setDisabled(id, null))?.disabledAt, null);
    assert.equal(await storage.accounts.setDisabled(randomUUID(), NOW), undefined);
  });

  guarantee('epochs count up, each account for itself', async ({ storage }) => {
    const { id, epoch } = await createAccount(storage);
    const other = await createAccount(storage);
    assert.equal(await storage.accounts.advanceEpoch(id), epoch + 1);
    assert.equal(await storage.accounts.advanceEpoch(id), epoch + 2);
    assert.equal((await storage.accounts.findById(id))?.epoch, epoch + 2);
    assert.equal((await storage.accounts.findById(other.id))?.epoch, other.epoch);
  });

  guarantee('a sign of life is noted unless there was one just before', async ({ storage }) => {
    const { id } = await createAccount(storage);
    const seen = async (now: number, unlessSince: number) => {
      await storage.accounts.touch(id, { now, unlessSince });
      return (await storage.accounts.findById(id))?.lastSeenAt;
    };
    assert.equal(await seen(NOW, NOW - 60), NOW);
    assert.equal(await seen(NOW + 50, NOW - 10), NOW);
    assert.equal(await seen(NOW + 100, NOW + 40), NOW + 100);
    await storage.accounts.touch(randomUUID(), { now: NOW, unlessSince: 0 });
  });

  guarantee('accounts are listed newest first, page by page, and counted', async ({ storage }) => {
    const created: string[] = [];
    for (let index = 0; index < 5; index += 1) created.unshift((await createAccount(storage)).id);
    const ids = async (skip: number, limit: number) =>
      (await storage.accounts.list({ skip, limit })).map(({ id }) => id);
    assert.deepEqual(await ids(0, 2), created.slice(0, 2));
    assert.deepEqual(await ids(2, 2), created.slice(2, 4));
    assert.deepEqual(await ids(4, 2), created.slice(4));
    assert.deepEqual(await ids(5, 2), []);
    assert.deepEqual(await ids(0, 0), []);
    assert.equal(await storage.accounts.count(), 5);
  });
}
