import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createAccount, email, MINUTE, NOW, newChallenge, someDigest } from './fixture.ts';
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
    const link = newChallenge(account, { purpose: 'sign_up', form: 'link', channel: 'sms', target: '+4917' });
    await storage.challenges.put(code);
    await storage.challenges.put(link);
    for (const challenge of [code, link]) {
      const [tried, ...others] = await storage.challenges.countTry(challenge.purpose, challenge.target);
      assert.deepEqual(others, []);
      assert.ok(tried !== undefined);
      const secretDigest = Buffer.from(tried.secretDigest);
      assert.deepEqual({ ...tried, secretDigest }, { ...challenge, tries: 1, consumedAt: null });
    }
  });

  guarantee('every try counts, on the challenges of that purpose and target alone', async ({ storage }) => {
    const account = await createAccount(storage);
    const other = await createAccount(storage);
    const challenge = newChallenge(account);
    const elsewhere = newChallenge(account, { purpose: 'password_recovery' });
    const someoneElses = newChallenge(other);
    for (const each of [challenge, elsewhere, someoneElses]) await storage.challenges.put(each);
    for (const expected of [1, 2, 3]) {
      const tried = await storage.challenges.countTry('sign_in', challenge.target);
      assert.deepEqual(
        tried.map(({ id, tries }) => ({ id, tries })),
        [{ id: challenge.id, tries: expected }],
      );
    }
    assert.equal((await storage.challenges.countTry(elsewhere.purpose, elsewhere.target))[0]?.tries, 1);
    assert.equal((await storage.challenges.countTry('sign_in', someoneElses.target))[0]?.tries, 1);
    assert.deepEqual(await storage.challenges.countTry('sign_in', 'nobody@example.com'), []);
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
    const tried = await storage.challenges.countTry('email_change', target);
    assert.deepEqual(new Set(tried.map(({ id }) => id)), new Set(wishes.map(({ id }) => id)));
    assert.deepEqual(new Set(tried.map(({ tries }) => tries)), new Set([1]));
  });

  // SEC-023
  guarantee('a newer challenge takes the place of the one before, with new tries', async ({ storage }) => {
    const account = await createAccount(storage);
    const first = newChallenge(account);
    const second = newChallenge(account);
    await storage.challenges.put(first);
    await storage.challenges.countTry('sign_in', first.target);
    assert.equal(await storage.challenges.consume(first.id, NOW), true);
    await storage.challenges.put(second);
    const [tried, ...others] = await storage.challenges.countTry('sign_in', first.target);
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

  // SEC-019, SEC-021
  guarantee('a challenge is consumed once', async ({ storage }) => {
    const challenge = newChallenge(await createAccount(storage));
    await storage.challenges.put(challenge);
    assert.equal(await storage.challenges.consume(challenge.id, NOW + 1), true);
    assert.equal(await storage.challenges.consume(challenge.id, NOW + 1), false);
    assert.equal(await storage.challenges.consume(challenge.id, NOW - MINUTE), false);
    assert.equal(await storage.challenges.consume(randomUUID(), NOW), false);
    const [tried] = await storage.challenges.countTry(challenge.purpose, challenge.target);
    assert.equal(tried?.consumedAt, NOW + 1);
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

  guarantee('a try at an expired challenge is counted and answered all the same', async ({ storage }) => {
    const challenge = newChallenge(await createAccount(storage), { expiresAt: NOW - MINUTE });
    await storage.challenges.put(challenge);
    const [tried] = await storage.challenges.countTry(challenge.purpose, challenge.target);
    assert.deepEqual([tried?.id, tried?.tries, tried?.expiresAt], [challenge.id, 1, NOW - MINUTE]);
  });

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
      assert.deepEqual(await storage.challenges.countTry(purpose, target), []);
    }
    assert.equal(await storage.challenges.consume(kept.id, NOW), true);
    assert.equal(await storage.challenges.consume(bystander.id, NOW), true);
  });

  guarantee('rivals for a target die, and nothing for another purpose or target', async ({ storage }) => {
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
    ];
    for (const each of [rival, kept, ...bystanders]) await storage.challenges.put(each);
    await storage.challenges.cancelRivals(kept);
    assert.equal(await storage.challenges.consume(rival.id, NOW), false);
    for (const { id } of [kept, ...bystanders]) assert.equal(await storage.challenges.consume(id, NOW), true);
  });

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
      assert.deepEqual(await storage.challenges.countTry('sign_in', target), []);
    }
    assert.equal(await storage.challenges.consume(kept.id, NOW), true);
    assert.equal(await storage.challenges.consume(atTheInstant.id, NOW - 1), true);
  });
}
