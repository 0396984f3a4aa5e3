import assert from 'node:assert/strict';
import type { Account } from '../../core/account/index.ts';
import {
  atOnce,
  createAccount,
  createSession,
  email,
  failAttempt,
  HOUR,
  isLive,
  MINUTE,
  NOW,
  newAccount,
  newChallenge,
  newEntry,
  newSession,
  OUTSTANDING,
  someDigest,
} from './fixture.ts';
import type { Suite } from './suite.ts';

const spellings = ['alice@example.com', 'ALICE@example.com', 'ａlice@example.com', 'Alice@EXAMPLE.com'];

/** How often each outcome happened. */
function tally(outcomes: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1;
  return counts;
}

export function races({ guarantee, rivals }: Suite): void {
  guarantee('accounts that are made and deleted at once are counted exactly', async (database) => {
    const storages = await rivals(database);
    const before = await Promise.all(Array.from({ length: 20 }, () => createAccount(database.storage)));
    await atOnce(60, storages, async (storage, index) => {
      const doomed = before[index];
      if (doomed !== undefined) return storage.accounts.delete(doomed.id);
      const identifier = { email: email(`person${index % 30}@example.com`) };
      if (index % 2 === 0) return storage.accounts.create(newAccount(identifier));
      return storage.transaction(async (stores) => {
        await stores.accounts.deletePending({ email: email(`person${index}@example.com`) });
        return stores.accounts.create(newAccount(identifier));
      });
    });
    const count = await database.storage.accounts.count();
    const listed = await database.storage.accounts.list({ skip: 0, limit: 1_000 });
    assert.deepEqual([count, listed.length], [30, 30]);
  });

  // SEC-019
  guarantee('of many who consume one challenge at once one wins', async (database) => {
    const storages = await rivals(database);
    const account = await createAccount(database.storage);
    for (let round = 0; round < 5; round += 1) {
      const challenge = newChallenge(account);
      await database.storage.challenges.put(challenge);
      const won = await atOnce(50, storages, (storage) => storage.challenges.consume(challenge.id, NOW + 1));
      assert.deepEqual(tally(won), { true: 1, false: 49 });
    }
  });

  // SEC-020
  guarantee('parallel tries see different counts', async (database) => {
    const storages = await rivals(database);
    const challenge = newChallenge(await createAccount(database.storage));
    await database.storage.challenges.put(challenge);
    const tried = await atOnce(50, storages, (storage) =>
      storage.challenges.countTry(challenge.purpose, [challenge.target], OUTSTANDING),
    );
    const tries = tried.flat().map((each) => each.tries);
    assert.deepEqual(
      tries.toSorted((left, right) => left - right),
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
  });

  // SEC-009, SEC-020
  guarantee('of parallel tries exactly as many are counted as a code has', async (database) => {
    const storages = await rivals(database);
    const challenge = newChallenge(await createAccount(database.storage));
    await database.storage.challenges.put(challenge);
    const tried = await atOnce(50, storages, (storage) =>
      storage.challenges.countTry(challenge.purpose, [challenge.target], { now: NOW, limit: 5 }),
    );
    assert.deepEqual(
      tried
        .flat()
        .map(({ tries }) => tries)
        .toSorted(),
      [1, 2, 3, 4, 5],
    );
  });

  // SEC-057
  guarantee(
    'of many who exchange one token at once one rotates, the rest repeat its instant',
    async (database) => {
      const storages = await rivals(database);
      const account = await createAccount(database.storage);
      const digest = someDigest();
      const session = await createSession(database.storage, account, {
        refresh: { digest, expiresAt: NOW + HOUR },
      });
      const successor = { digest: someDigest(), expiresAt: NOW + HOUR };
      const outcomes = await atOnce(50, storages, (storage, index) =>
        storage.refreshTokens.exchange({ digest, successor, now: NOW + index, graceMs: MINUTE }),
      );
      assert.deepEqual(tally(outcomes.map(({ kind }) => kind)), { exchanged: 1, repeated: 49 });
      const instants = outcomes.map((outcome) => 'exchangedAt' in outcome && outcome.exchangedAt);
      assert.equal(new Set(instants).size, 1);
      assert.equal(await isLive(database.storage, session), true);
      const onward = {
        digest: successor.digest,
        successor: { digest: someDigest(), expiresAt: NOW + HOUR },
        now: NOW + MINUTE,
        graceMs: MINUTE,
      };
      assert.equal((await database.storage.refreshTokens.exchange(onward)).kind, 'exchanged');
    },
  );

  // SEC-056
  guarantee('of many who use a stolen token at once one ends the session', async (database) => {
    const storages = await rivals(database);
    const digest = someDigest();
    const session = await createSession(database.storage, await createAccount(database.storage), {
      refresh: { digest, expiresAt: NOW + HOUR },
    });
    const successor = { digest: someDigest(), expiresAt: NOW + HOUR };
    await database.storage.refreshTokens.exchange({ digest, successor, now: NOW, graceMs: MINUTE });
    const late = { digest, successor, now: NOW + MINUTE + 1, graceMs: MINUTE };
    const outcomes = await atOnce(20, storages, (storage) => storage.refreshTokens.exchange(late));
    assert.deepEqual(
      tally(outcomes.map((outcome) => outcome.kind === 'reused' && `reused, ended: ${outcome.ended}`)),
      { 'reused, ended: true': 1, 'reused, ended: false': 19 },
    );
    assert.equal(await isLive(database.storage, session, late.now), false);
  });

  // SEC-009
  guarantee('of many attempts at once no more are evaluated than the policy allows', async (database) => {
    const storages = await rivals(database);
    const policy = { failures: 5, lockMs: 10 * MINUTE, disableAfter: 100, reservationMs: MINUTE };
    const outcomes = await atOnce(200, storages, (storage) =>
      storage.lockouts.reserve('account:1', policy, NOW),
    );
    assert.deepEqual(tally(outcomes.map(({ kind }) => kind)), { reserved: 5, busy: 195 });
    const open = outcomes.flatMap((each) => (each.kind === 'reserved' ? [each.reservation] : []));
    const totals = await Promise.all(open.map((each) => database.storage.lockouts.fail(each, policy, NOW)));
    assert.deepEqual(totals.toSorted(), [1, 2, 3, 4, 5]);
    const after = await atOnce(50, storages, (storage) => storage.lockouts.reserve('account:1', policy, NOW));
    assert.deepEqual(tally(after.map(({ kind }) => kind)), { locked: 50 });
  });

  // SEC-011
  guarantee('reservations that expire are counted once, by however many processes', async (database) => {
    const storages = await rivals(database);
    const policy = { failures: 10, lockMs: 10 * MINUTE, disableAfter: 100, reservationMs: MINUTE };
    const reserve = (now: number) =>
      atOnce(30, storages, (storage) => storage.lockouts.reserve('account:1', policy, now));
    await Promise.all([1, 2, 3].map(() => database.storage.lockouts.reserve('account:1', policy, NOW)));
    const outcomes = await reserve(NOW + MINUTE);
    assert.deepEqual(tally(outcomes.map(({ kind }) => kind)), { reserved: 7, busy: 23 });
  });

  // SEC-014
  guarantee('exactly one of many failures at once is the one that switches off', async (database) => {
    const storages = await rivals(database);
    const policy = { failures: 1_000, lockMs: MINUTE, disableAfter: 50, reservationMs: MINUTE };
    const totals = await atOnce(120, storages, (storage) => failAttempt(storage, 'account:1', policy));
    const counted = totals.filter((total) => total !== undefined);
    assert.ok(counted.length <= 50);
    for (let left = 50 - counted.length; left > 0; left -= 1) {
      counted.push((await failAttempt(database.storage, 'account:1', policy)) ?? 0);
    }
    assert.deepEqual(
      counted.toSorted((left, right) => left - right),
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
  });

  guarantee('attempts that are reserved and released at once leave nothing', async (database) => {
    const storages = await rivals(database);
    const policy = { failures: 1_000, lockMs: MINUTE, disableAfter: 10_000, reservationMs: MINUTE };
    await atOnce(60, storages, async ({ lockouts }) => {
      const outcome = await lockouts.reserve('account:1', policy, NOW);
      assert.equal(outcome.kind, 'reserved');
      if (outcome.kind === 'reserved') await lockouts.release(outcome.reservation);
    });
    assert.equal(await failAttempt(database.storage, 'account:1', policy), 1);
    const strict = { ...policy, failures: 2 };
    assert.equal((await database.storage.lockouts.reserve('account:1', strict, NOW)).kind, 'reserved');
  });

  // SEC-018
  guarantee('of many counts at once exactly as many are granted as the quota has', async (database) => {
    const storages = await rivals(database);
    const quota = { limit: 10, windowMs: MINUTE };
    for (const now of [NOW, NOW + MINUTE]) {
      const outcomes = await atOnce(100, storages, (storage) => storage.quotas.count('key', quota, now));
      assert.deepEqual(tally(outcomes.map(({ kind }) => kind)), { counted: 10, exceeded: 90 });
      const ends = outcomes.flatMap((outcome) => (outcome.kind === 'exceeded' ? [outcome.retryAt] : []));
      assert.deepEqual(new Set(ends), new Set([now + MINUTE]));
    }
  });

  // SEC-018
  guarantee(
    'of many who count in several quotas at once the narrowest decides, and the others count no refusal',
    async (database) => {
      const storages = await rivals(database);
      const wide = { limit: 10, windowMs: MINUTE };
      const narrow = { limit: 4, windowMs: MINUTE };
      const outcomes = await atOnce(60, storages, async (storage, index) => {
        try {
          await storage.transaction(async ({ quotas }) => {
            for (const [key, quota] of [
              ['everybody', wide],
              [`network ${index % 2}`, narrow],
            ] as const) {
              if ((await quotas.count(key, quota, NOW)).kind === 'exceeded') throw new Exceeded();
            }
          });
          return true;
        } catch (error) {
          if (error instanceof Exceeded) return false;
          throw error;
        }
      });
      assert.deepEqual(tally(outcomes), { true: 8, false: 52 });
      assert.equal(await database.storage.quotas.used('everybody', NOW), 8);
    },
  );

  // SEC-019
  guarantee('of the code and the link of one demand, used at once, one wins', async (database) => {
    const storages = await rivals(database);
    const account = await createAccount(database.storage);
    for (let round = 0; round < 5; round += 1) {
      const pair = [newChallenge(account), newChallenge(account, { form: 'link' })];
      for (const each of pair) await database.storage.challenges.put(each);
      const won = await atOnce(20, storages, (storage, index) =>
        storage.transaction(({ challenges }) => challenges.consume(pair[index % 2]?.id ?? '', NOW + 1)),
      );
      assert.deepEqual(tally(won), { true: 1, false: 19 });
    }
  });

  // SEC-089
  guarantee('of many accounts with one address at once one is created', async (database) => {
    const storages = await rivals(database);
    const outcomes = await atOnce(50, storages, (storage, index) =>
      storage.accounts.create(newAccount({ email: email(spellings[index % spellings.length] ?? '') })),
    );
    assert.deepEqual(tally(outcomes.map(({ kind }) => kind)), { created: 1, taken: 49 });
    const named = outcomes.flatMap((outcome) => (outcome.kind === 'taken' ? [outcome.by] : []));
    assert.deepEqual(tally(named), { email: 49 });
    assert.equal(await database.storage.accounts.count(), 1);
  });

  // SEC-089
  guarantee('many sign-ups with one address at once leave one, with its own password', async (database) => {
    const storages = await rivals(database);
    await atOnce(50, storages, (storage, index) =>
      storage.transaction(async (stores) => {
        const identifier = email(spellings[index % spellings.length] ?? '');
        await stores.accounts.deletePending({ email: identifier });
        const pending = newAccount({ email: identifier, activatedAt: null });
        assert.equal((await stores.accounts.create(pending)).kind, 'created');
        await stores.passwords.set(pending.id, `password of ${pending.id}`, NOW);
      }),
    );
    const left = await database.storage.accounts.list({ skip: 0, limit: 10 });
    assert.equal(left.length, 1);
    const id = left[0]?.id ?? '';
    assert.equal(await database.storage.passwords.find(id), `password of ${id}`);
  });

  // SEC-089
  guarantee(
    'of many who move to one address at once, some signing up with it, one has it',
    async (database) => {
      const storages = await rivals(database);
      const wanted = email('wanted@example.com');
      const movers: Account[] = [];
      for (let index = 0; index < 20; index += 1) movers.push(await createAccount(database.storage));
      const outcomes = await atOnce(40, storages, async ({ accounts }, index) => {
        const mover = movers[index];
        if (mover !== undefined) return accounts.changeEmail(mover.id, wanted, NOW);
        return (await accounts.create(newAccount({ email: wanted }))).kind;
      });
      const { changed = 0, created = 0, taken = 0 } = tally(outcomes);
      assert.deepEqual([changed + created, taken], [1, 39]);
      assert.notEqual(await database.storage.accounts.findByIdentifier(wanted), undefined);
    },
  );

  // SEC-044
  guarantee(
    'of many who replace one password at once one wins, and it is the one that stays',
    async (database) => {
      const storages = await rivals(database);
      const { id } = await createAccount(database.storage);
      await database.storage.passwords.set(id, 'before', NOW);
      const replaced = await atOnce(50, storages, ({ passwords }, index) =>
        passwords.replace(id, { from: 'before', to: `after ${index}`, now: NOW }),
      );
      assert.deepEqual(tally(replaced), { true: 1, false: 49 });
      assert.equal(await database.storage.passwords.find(id), `after ${replaced.indexOf(true)}`);
    },
  );

  // SEC-092
  guarantee('several workers that claim at once hold every entry once', async (database) => {
    const storages = await rivals(database);
    const ids: string[] = [];
    for (let index = 0; index < 60; index += 1) {
      const entry = newEntry();
      await database.storage.outbox.add(entry);
      ids.push(entry.id);
    }
    const claims = await atOnce(8, storages, async ({ outbox }) => {
      const own: string[] = [];
      for (;;) {
        const claimed = await outbox.claim({ owner: 'worker', now: NOW, leaseUntil: NOW + MINUTE, limit: 3 });
        if (claimed.length === 0) return own;
        assert.ok(claimed.length <= 3);
        assert.ok(claimed.every(({ attempts }) => attempts === 1));
        own.push(...claimed.map(({ id }) => id));
      }
    });
    assert.deepEqual(claims.flat().toSorted(), ids.toSorted());
  });

  guarantee('of one recipient never two messages are under way, whoever claims', async (database) => {
    const storages = await rivals(database);
    const claims = await atOnce(40, storages, async ({ outbox }, index) => {
      await outbox.add(newEntry({ recipient: `recipient ${index % 5}` }));
      return outbox.claim({ owner: `worker ${index}`, now: NOW, leaseUntil: NOW + MINUTE, limit: 200 });
    });
    assert.equal(claims.flat().length, 5);
  });

  guarantee('epochs that advance at once are all different', async (database) => {
    const storages = await rivals(database);
    const { id, epoch } = await createAccount(database.storage);
    const epochs = await atOnce(40, storages, (storage) => storage.accounts.advanceEpoch(id));
    assert.equal(new Set(epochs).size, 40);
    assert.equal((await database.storage.accounts.findById(id))?.epoch, epoch + 40);
  });

  // SEC-062
  guarantee('no session of before survives when sessions begin and end all at once', async (database) => {
    const storages = await rivals(database);
    const account = await createAccount(database.storage);
    const begun = await atOnce(60, storages, async (storage, index) => {
      if (index % 6 !== 5) {
        const session = newSession(account);
        await storage.transaction((stores) => stores.sessions.create(session));
        return [session];
      }
      await storage.transaction(async (stores) => {
        const epoch = await stores.accounts.advanceEpoch(account.id);
        await stores.sessions.endAll(account.id, { now: NOW, reason: 'revoked', epoch });
      });
      return [];
    });
    for (const session of begun.flat()) assert.equal(await isLive(database.storage, session), false);
    const list = await database.storage.sessions.list(account.id);
    assert.ok(list.every(({ endReason }) => endReason === 'revoked'));
  });

  guarantee('a mix of everything at once comes to an end, with every transaction whole', async (database) => {
    const storages = await rivals(database);
    const accounts = [];
    for (let index = 0; index < 4; index += 1) accounts.push(await createAccount(database.storage));
    const [first, ...others] = accounts;
    assert.ok(first !== undefined);
    await atOnce(80, storages, async (storage, index) => {
      // In turn forwards and backwards: whoever locks row by row meets whoever does it the other way round.
      const order = index % 2 === 0 ? [first, ...others] : [...others.toReversed(), first];
      await Promise.all([
        storage.transaction(async (stores) => {
          for (const { id } of order) await stores.accounts.advanceEpoch(id);
          await stores.audit.record({ at: NOW, type: 'sessions_revoked', accountId: first.id, door: 'cli' });
        }),
        storage.accounts.findById(order[0]?.id ?? ''),
        failAttempt(storage, `account:${index % 3}`, LENIENT),
        storage.outbox.add(newEntry()),
        storage.outbox.claim({ owner: 'worker', now: NOW, leaseUntil: NOW + 1, limit: 2 }),
        storage.accounts.touch(order[1]?.id ?? '', { now: NOW + index, unlessSince: NOW + index }),
      ]);
    });
    for (const { id, epoch } of accounts) {
      assert.equal((await database.storage.accounts.findById(id))?.epoch, epoch + 80);
    }
    assert.equal((await database.storage.audit.list({ limit: 200 })).length, 80);
    assert.equal(await database.storage.outbox.countPending(), 80);
  });
}

class Exceeded extends Error {}

const LENIENT = { failures: 1_000, lockMs: MINUTE, disableAfter: 1_000, reservationMs: MINUTE };
