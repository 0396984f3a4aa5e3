import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  createAccount,
  email,
  HOUR,
  MINUTE,
  NOW,
  newChallenge,
  newDecoy,
  OUTSTANDING,
  someDigest,
} from './fixture.ts';
import type { Suite } from './suite.ts';

export function challenges({ guarantee }: Suite): void {
  guarantee(
    'a link is found by its digest, also when it is spent, and that counts nothing',
    async ({ storage }) => {
      const account = await createAccount(storage);
      const [secretDigest, code] = [someDigest(), someDigest()];
      const link = newChallenge(account, { purpose: 'sign_up', form: 'link', secretDigest });
      await storage.challenges.put(link);
      await storage.challenges.put(newChallenge(account, { purpose: 'sign_in', secretDigest: code }));
      const find = async () => {
        const found = await storage.challenges.findByLink('sign_up', secretDigest);
        return found && { ...found, secretDigest: Buffer.from(found.secretDigest) };
      };
      const known = { ...link, tries: 0, consumedAt: null };
      assert.deepEqual([await find(), await find()], [known, known]);
      assert.equal(await storage.challenges.findByLink('sign_in', secretDigest), undefined);
      assert.equal(await storage.challenges.findByLink('sign_in', code), undefined, 'a code is no link');
      assert.equal(await storage.challenges.findByLink('sign_up', someDigest()), undefined);
      await storage.challenges.consume(link.id, NOW + 1);
      assert.deepEqual(await find(), { ...known, consumedAt: NOW + 1 });
      await storage.challenges.put(newChallenge(account, { purpose: 'sign_up', form: 'link' }));
      assert.equal(await find(), undefined, 'a newer one took its place');
    },
  );

  guarantee('a challenge comes back with its first try, as it was put', async ({ storage }) => {
    const account = await createAccount(storage);
    const code = newChallenge(account, { target: 'key@example.com', address: 'Key@example.com' });
    const sms = newChallenge(account, { purpose: 'sign_up', channel: 'sms', target: '+4917' });
    const decoy = newDecoy();
    for (const challenge of [code, sms, decoy]) await storage.challenges.put(challenge);
    for (const challenge of [code, sms, decoy]) {
      const [tried, ...others] = await storage.challenges.countTry(
        challenge.purpose,
        [challenge.target],
        OUTSTANDING,
      );
      assert.deepEqual(others, []);
      assert.ok(tried !== undefined);
      const secretDigest = Buffer.from(tried.secretDigest);
      assert.deepEqual({ ...tried, secretDigest }, { ...challenge, tries: 1, consumedAt: null });
    }
  });

  guarantee('every try counts, on the codes of that purpose and target alone', async ({ storage }) => {
    const account = await createAccount(storage);
    const other = await createAccount(storage);
    const challenge = newChallenge(account);
    const elsewhere = newChallenge(account, { purpose: 'password_recovery' });
    const someoneElses = newChallenge(other);
    const link = newChallenge(account, { form: 'link' });
    for (const each of [challenge, elsewhere, someoneElses, link]) await storage.challenges.put(each);
    for (const expected of [1, 2, 3]) {
      const tried = await storage.challenges.countTry('sign_in', [challenge.target], OUTSTANDING);
      assert.deepEqual(
        tried.map(({ id, tries }) => ({ id, tries })),
        [{ id: challenge.id, tries: expected }],
      );
    }
    assert.equal(
      (await storage.challenges.countTry(elsewhere.purpose, [elsewhere.target], OUTSTANDING))[0]?.tries,
      1,
    );
    assert.equal(
      (await storage.challenges.countTry('sign_in', [someoneElses.target], OUTSTANDING))[0]?.tries,
      1,
    );
    assert.deepEqual(await storage.challenges.findByTarget('sign_in', 'nobody@example.com'), []);
    assert.equal((await storage.challenges.findByLink('sign_in', link.secretDigest))?.tries, 0);
  });

  guarantee('a try counts at each of the targets that are named', async ({ storage }) => {
    const challenge = newChallenge(await createAccount(storage));
    const decoy = newDecoy();
    for (const each of [challenge, decoy, newDecoy()]) await storage.challenges.put(each);
    const tried = await storage.challenges.countTry(
      'sign_in',
      [challenge.target, decoy.target, 'none'],
      OUTSTANDING,
    );
    assert.deepEqual(
      new Map(tried.map(({ id, tries }) => [id, tries])),
      new Map([
        [challenge.id, 1],
        [decoy.id, 1],
      ]),
    );
  });

  guarantee('all that an account has under way can be killed at once', async ({ storage }) => {
    const account = await createAccount(storage);
    const bystander = await createAccount(storage);
    const mine = [newChallenge(account), newChallenge(account, { purpose: 'password_recovery' })];
    const theirs = newChallenge(bystander);
    for (const each of [...mine, theirs]) await storage.challenges.put(each);
    await storage.challenges.cancelAll(account.id);
    for (const { id } of mine) assert.equal(await storage.challenges.consume(id, NOW), false);
    assert.equal(await storage.challenges.consume(theirs.id, NOW), true);
  });

  guarantee('two accounts that want one address both have their try counted', async ({ storage }) => {
    const target = email('wanted@example.com').key;
    const rivals = [await createAccount(storage), await createAccount(storage)];
    const wishes = rivals.map((account) => newChallenge(account, { purpose: 'email_change', target }));
    for (const wish of wishes) await storage.challenges.put(wish);
    const tried = await storage.challenges.countTry('email_change', [target], OUTSTANDING);
    assert.deepEqual(new Set(tried.map(({ id }) => id)), new Set(wishes.map(({ id }) => id)));
    assert.deepEqual(new Set(tried.map(({ tries }) => tries)), new Set([1]));
  });

  // SEC-023
  guarantee('a newer challenge takes the place of the one before, with new tries', async ({ storage }) => {
    const account = await createAccount(storage);
    const first = newChallenge(account);
    const second = newChallenge(account);
    await storage.challenges.put(first);
    await storage.challenges.countTry('sign_in', [first.target], OUTSTANDING);
    assert.equal(await storage.challenges.consume(first.id, NOW), true);
    await storage.challenges.put(second);
    const [tried, ...others] = await storage.challenges.countTry('sign_in', [first.target], OUTSTANDING);
    assert.deepEqual([tried?.id, tried?.tries, tried?.consumedAt, others], [second.id, 1, null, []]);
    assert.equal(await storage.challenges.consume(first.id, NOW), false);
    assert.equal(await storage.challenges.consume(second.id, NOW), true);
  });

  guarantee('one account has challenges for several purposes side by side', async ({ storage }) => {
    const account = await createAccount(storage);
    const signIn = newChallenge(account);
    const recovery = newChallenge(account, { purpose: 'password_recovery' });
    await storage.challenges.put(signIn);
    await storage.challenges.put(recovery);
    assert.equal(await storage.challenges.consume(signIn.id, NOW), true);
    assert.equal(await storage.challenges.consume(recovery.id, NOW), true);
  });

  // SEC-013
  guarantee('neither a code nor a link takes the place of the other, on any channel', async ({ storage }) => {
    const account = await createAccount(storage);
    const variants = [
      newChallenge(account),
      newChallenge(account, { form: 'link' }),
      newChallenge(account, { channel: 'sms', target: '+4917' }),
      newChallenge(account, { channel: 'sms', target: '+4917', form: 'link' }),
    ];
    for (const each of variants) await storage.challenges.put(each);
    for (const { form, target, id, secretDigest } of variants) {
      const found =
        form === 'code'
          ? (await storage.challenges.countTry('sign_in', [target], OUTSTANDING))[0]
          : await storage.challenges.findByLink('sign_in', secretDigest);
      assert.equal(found?.id, id);
    }
  });

  // SEC-019
  guarantee(
    'a demand is answered once: its code spends its link, and the other way round',
    async ({ storage }) => {
      for (const first of ['code', 'link'] as const) {
        const account = await createAccount(storage);
        const code = newChallenge(account);
        const link = newChallenge(account, { form: 'link' });
        const elsewhere = newChallenge(account, { purpose: 'password_recovery', form: 'link' });
        const bystander = newChallenge(await createAccount(storage), { form: 'link' });
        for (const each of [code, link, elsewhere, bystander]) await storage.challenges.put(each);
        const [used, other] = first === 'code' ? [code, link] : [link, code];
        assert.equal(await storage.challenges.consume(used.id, NOW), true);
        assert.equal(await storage.challenges.consume(other.id, NOW), false);
        for (const { id } of [elsewhere, bystander]) {
          assert.equal(await storage.challenges.consume(id, NOW), true);
        }
      }
    },
  );

  // SEC-004, SEC-006
  guarantee('a decoy is kept, counted, replaced and purged as a challenge is', async ({ storage }) => {
    const first = newDecoy({ ownerKey: 'owner', target: 'target' });
    await storage.challenges.put(first);
    assert.equal((await storage.challenges.countTry('sign_in', ['target'], OUTSTANDING))[0]?.accountId, null);
    const next = newDecoy({ ownerKey: 'owner', target: 'target' });
    await storage.challenges.put(next);
    const tried = await storage.challenges.countTry('sign_in', ['target'], OUTSTANDING);
    assert.deepEqual(
      tried.map(({ id, tries }) => ({ id, tries })),
      [{ id: next.id, tries: 1 }],
    );
    assert.equal(await storage.challenges.purge(next.expiresAt + 1, 100), 1);
    assert.deepEqual(await storage.challenges.findByTarget('sign_in', 'target'), []);
  });

  guarantee('no decoy can be consumed', async ({ storage }) => {
    const decoy = newDecoy();
    await storage.challenges.put(decoy);
    assert.equal(await storage.challenges.consume(decoy.id, NOW), false);
    await createAccount(storage);
    assert.equal(await storage.challenges.consume(decoy.id, NOW), false);
  });

  // SEC-019, SEC-021
  guarantee('a challenge is consumed once', async ({ storage }) => {
    const challenge = newChallenge(await createAccount(storage));
    await storage.challenges.put(challenge);
    assert.equal(await storage.challenges.consume(challenge.id, NOW + 1), true);
    assert.equal(await storage.challenges.consume(challenge.id, NOW + 1), false);
    assert.equal(await storage.challenges.consume(challenge.id, NOW - MINUTE), false);
    assert.equal(await storage.challenges.consume(randomUUID(), NOW), false);
    const [spent] = await storage.challenges.findByTarget(challenge.purpose, challenge.target);
    assert.equal(spent?.consumedAt, NOW + 1);
  });

  // SEC-024
  guarantee('a challenge is consumed before the instant it expires, not at it', async ({ storage }) => {
    const late = newChallenge(await createAccount(storage), { expiresAt: NOW });
    const punctual = newChallenge(await createAccount(storage), { expiresAt: NOW });
    await storage.challenges.put(late);
    await storage.challenges.put(punctual);
    assert.equal(await storage.challenges.consume(late.id, NOW), false);
    assert.equal(await storage.challenges.consume(late.id, NOW + 1), false);
    assert.equal(await storage.challenges.consume(punctual.id, NOW - 1), true);
  });

  // SEC-013, SEC-017
  guarantee('a try counts while a code is unspent, unexpired and has tries left', async ({ storage }) => {
    const limit = 3;
    const { challenges } = storage;
    const put = async (change = {}) => {
      const challenge = newChallenge(await createAccount(storage), change);
      await challenges.put(challenge);
      return challenge;
    };
    const tries = async ({ target }: { target: string }, now = NOW) =>
      (await challenges.countTry('sign_in', [target], { now, limit })).map((each) => each.tries);
    const kept = async ({ target }: { target: string }) =>
      (await challenges.findByTarget('sign_in', target)).map((each) => each.tries);
    const guessed = await put();
    for (const expected of [[1], [2], [3], [], []]) assert.deepEqual(await tries(guessed), expected);
    assert.deepEqual(await kept(guessed), [3]);
    const spent = await put();
    await challenges.consume(spent.id, NOW);
    const late = await put({ expiresAt: NOW });
    for (const over of [spent, late]) {
      assert.deepEqual(await tries(over), []);
      assert.deepEqual(await kept(over), [0]);
    }
    assert.deepEqual(await tries(late, NOW - 1), [1]);
  });

  guarantee(
    'what a target has can be read in every form until it is purged, and counts nothing',
    async ({ storage }) => {
      const account = await createAccount(storage);
      const both = [newChallenge(account), newChallenge(account, { form: 'link' })];
      const { target } = both[0] ?? assert.fail();
      const found = async (purpose: 'sign_in' | 'sign_up' = 'sign_in') =>
        (await storage.challenges.findByTarget(purpose, target))
          .map(({ id, tries }) => `${id} ${tries}`)
          .toSorted();
      assert.deepEqual(await found(), []);
      for (const each of both) await storage.challenges.put(each);
      const all = both.map(({ id }) => `${id} 0`).toSorted();
      assert.deepEqual([await found(), await found(), await found('sign_up')], [all, all, []]);
      await storage.challenges.consume(both[0]?.id ?? '', NOW);
      assert.deepEqual(await found(), all);
      await storage.challenges.purge(NOW + HOUR, 100);
      assert.deepEqual(await found(), []);
    },
  );

  // SEC-061
  guarantee('a challenge of another epoch than its account cannot be consumed', async ({ storage }) => {
    // Others are in another epoch, which is their business.
    for (let other = 0; other < 3; other += 1) {
      const { id } = await createAccount(storage);
      for (let epoch = 0; epoch < 5; epoch += 1) await storage.accounts.advanceEpoch(id);
    }
    const account = await createAccount(storage);
    const before = newChallenge(account);
    await storage.challenges.put(before);
    const epoch = await storage.accounts.advanceEpoch(account.id);
    assert.equal(await storage.challenges.consume(before.id, NOW), false);
    const ahead = newChallenge(account, { epoch: epoch + 1 });
    await storage.challenges.put(ahead);
    assert.equal(await storage.challenges.consume(ahead.id, NOW), false);
    const current = newChallenge(account, { epoch });
    await storage.challenges.put(current);
    assert.equal(await storage.challenges.consume(current.id, NOW), true);
  });

  guarantee('cancelling kills all that the account has under way but one', async ({ storage }) => {
    const account = await createAccount(storage);
    const other = await createAccount(storage);
    const kept = newChallenge(account, { purpose: 'email_change' });
    const cancelled = [newChallenge(account), newChallenge(account, { purpose: 'password_recovery' })];
    const bystander = newChallenge(other);
    for (const each of [kept, ...cancelled, bystander]) await storage.challenges.put(each);
    await storage.challenges.cancelOthers(account.id, kept.id);
    for (const { id, purpose, target } of cancelled) {
      assert.equal(await storage.challenges.consume(id, NOW), false);
      assert.deepEqual(await storage.challenges.findByTarget(purpose, target), []);
    }
    assert.equal(await storage.challenges.consume(kept.id, NOW), true);
    assert.equal(await storage.challenges.consume(bystander.id, NOW), true);
  });

  guarantee(
    'rivals for a target die, and nothing for another purpose, form or target',
    async ({ storage }) => {
      const [account, other, third] = [
        await createAccount(storage),
        await createAccount(storage),
        await createAccount(storage),
      ];
      const change = { purpose: 'email_change', target: 'wanted@example.com' } as const;
      const rival = newChallenge(account, change);
      const kept = newChallenge(other, change);
      const bystanders = [
        newChallenge(account, { target: change.target }),
        newChallenge(third, { ...change, target: 'other@example.com' }),
        newChallenge(await createAccount(storage), { ...change, form: 'link' }),
      ];
      const decoy = newDecoy({ ...change, target: 'its keyed name' });
      for (const each of [rival, kept, decoy, ...bystanders]) await storage.challenges.put(each);
      await storage.challenges.cancelRivals(kept, [change.target, decoy.target]);
      assert.equal(await storage.challenges.consume(rival.id, NOW), false);
      assert.deepEqual(await storage.challenges.findByTarget('email_change', decoy.target), []);
      for (const { id } of [kept, ...bystanders])
        assert.equal(await storage.challenges.consume(id, NOW), true);
    },
  );

  guarantee('challenges are purged when they expired before the given instant', async ({ storage }) => {
    const put = async (expiresAt: number) => {
      const challenge = newChallenge(await createAccount(storage), { expiresAt });
      await storage.challenges.put(challenge);
      return challenge;
    };
    const [gone, alsoGone, kept] = [await put(NOW - 1), await put(NOW - MINUTE), await put(NOW + 1)];
    const atTheInstant = await put(NOW);
    assert.equal(await storage.challenges.purge(NOW, 100), 2);
    assert.equal(await storage.challenges.purge(NOW, 100), 0);
    for (const { target } of [gone, alsoGone]) {
      assert.deepEqual(await storage.challenges.findByTarget('sign_in', target), []);
    }
    assert.equal(await storage.challenges.consume(kept.id, NOW), true);
    assert.equal(await storage.challenges.consume(atTheInstant.id, NOW - 1), true);
  });
}
