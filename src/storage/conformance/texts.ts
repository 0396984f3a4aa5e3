import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createAccount, failAttempt, NOW, newChallenge, newEntry, OUTSTANDING } from './fixture.ts';
import type { Suite } from './suite.ts';

/** Texts that a store built out of strings would trip over. Without U+0000, which PostgreSQL cannot hold. */
const difficult = {
  quotes: `' " \` ''; "" -- /* */ \\' \\" \\\\`,
  SQL: `'; drop table accounts; --`,
  'a condition': `x' or '1'='1`,
  placeholders: '? ?1 $1 :name @name %s {x}',
  'a LIKE pattern': 'identifier:%_',
  'line breaks and controls': 'a\r\nb\tc\u0001\u001b[31m\u2028\u2029\u0085',
  'many scripts': 'Ζωή Ὀδυσσεύς Мария 山田太郎 محمد שרה नमस्ते 👩‍👩‍👧‍👦 𝒜 é e\u0301',
  nothing: '',
  'white space': '  leading and trailing \u00a0',
  'a number': '0012',
  JSON: '{"a":[1,null,"\\u0041"]}',
  'a hundred thousand characters': 'long ☃ '.repeat(15_000),
};

export function texts({ guarantee }: Suite): void {
  // SEC-086
  for (const [kind, text] of Object.entries(difficult)) {
    guarantee(`${kind} come back as they were`, async ({ storage }) => {
      const { id } = await createAccount(storage, { fullName: text });
      await createAccount(storage);
      await storage.accounts.updateProfile(id, { givenName: text, familyName: text, bio: text });
      const account = await storage.accounts.findById(id);
      assert.deepEqual(
        [account?.fullName, account?.givenName, account?.familyName, account?.bio],
        [text, text, text, text],
      );

      await storage.passwords.set(id, text, NOW);
      assert.equal(await storage.passwords.find(id), text);
      assert.equal(await storage.passwords.replace(id, { from: text, to: `${text}!`, now: NOW }), true);

      const event = { at: NOW, type: 'sign_in_failed', door: text, address: text, detail: { text } } as const;
      await storage.audit.record({ ...event, accountId: text });
      assert.deepEqual(await storage.audit.list({ accountId: text, limit: 5 }), [
        { ...event, accountId: text },
      ]);
      assert.equal(await storage.accounts.count(), 2);
    });

    guarantee(`${kind} name what they name and nothing more`, async ({ storage }) => {
      const account = await createAccount(storage);
      const challenge = newChallenge(account, { target: text, address: text });
      await storage.challenges.put(challenge);
      await storage.challenges.put(newChallenge(await createAccount(storage)));
      const tried = await storage.challenges.countTry(challenge.purpose, [text], OUTSTANDING);
      assert.deepEqual(
        tried.map(({ id, target, address }) => [id, target, address]),
        [[challenge.id, text, text]],
      );
      assert.equal(await storage.challenges.consume(text, NOW), false);

      const quota = { limit: 1, windowMs: 1_000 };
      assert.equal((await storage.quotas.count(text, quota, NOW)).kind, 'counted');
      assert.equal((await storage.quotas.count(text, quota, NOW)).kind, 'exceeded');
      assert.equal((await storage.quotas.count(`${text}!`, quota, NOW)).kind, 'counted');

      const policy = { failures: 2, lockMs: 1_000, disableAfter: 9, reservationMs: 1_000 };
      for (const total of [1, 2, undefined]) assert.equal(await failAttempt(storage, text, policy), total);
      await storage.lockouts.clear(text, NOW);

      const [entry, other] = [newEntry({ id: text }), newEntry()];
      await storage.outbox.add(entry);
      await storage.outbox.add(other);
      await storage.outbox.markAbandoned(text, { now: NOW, reason: text });
      assert.equal(await storage.outbox.countPending(), 1);
      assert.equal(await storage.sessions.findLive(text, NOW), undefined);
      assert.equal(await storage.accounts.findById(text), undefined);
      assert.equal(await storage.accounts.delete(text || randomUUID()), false);
    });
  }
}
