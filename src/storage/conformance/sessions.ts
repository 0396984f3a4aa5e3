import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createAccount, createSession, HOUR, isLive, NOW, newSession, someDigest } from './fixture.ts';
import type { Suite } from './suite.ts';

const signedOut = { now: NOW + 1, reason: 'signed_out' } as const;

export function sessions({ guarantee }: Suite): void {
  guarantee('a live session comes with its account as it is now', async ({ storage }) => {
    const account = await createAccount(storage);
    const { id } = await createSession(storage, account, { contract: 'notes' });
    await storage.accounts.updateProfile(account.id, { bio: 'changed since' });
    const live = await storage.sessions.findLive(id, NOW + 1);
    assert.deepEqual(live, {
      session: {
        id,
        accountId: account.id,
        contract: 'notes',
        createdAt: NOW,
        expiresAt: newSession(account).expiresAt,
        endedAt: null,
        endReason: null,
      },
      account: { ...account, bio: 'changed since' },
      totp: undefined,
      wrongCodes: 0,
    });
    assert.equal(await storage.sessions.findLive(randomUUID(), NOW), undefined);
  });

  guarantee(
    'a session is listed with the client that signed in, as far as it is known',
    async ({ storage }) => {
      const account = await createAccount(storage);
      const userAgent = `Mozilla/5.0 ‘é’ ${'x'.repeat(200)}`;
      const client = { address: '2001:db8::1', userAgent };
      await createSession(storage, account, { ...client, createdAt: NOW + 1 });
      await createSession(storage, account);
      const listed = await storage.sessions.list(account.id);
      assert.deepEqual(
        listed.map(({ address, userAgent }) => ({ address, userAgent })),
        [client, { address: null, userAgent: null }],
      );
    },
  );

  guarantee('a session is listed with when and how its account was authenticated', async ({ storage }) => {
    const account = await createAccount(storage);
    const methods = ['pwd', 'otp', 'mfa'];
    await createSession(storage, account, { authenticatedAt: NOW - 5, methods });
    const [listed] = await storage.sessions.list(account.id);
    assert.deepEqual([listed?.authenticatedAt, listed?.methods], [NOW - 5, methods]);
  });

  // SEC-062
  guarantee('no session begins for an account that is gone', async ({ storage }) => {
    const account = await createAccount(storage);
    await storage.accounts.delete(account.id);
    const late = newSession(account);
    assert.equal(await storage.sessions.create(late), false);
    assert.equal(await isLive(storage, late), false);
  });

  // SEC-062
  guarantee('no session begins in another epoch than the account is in', async ({ storage }) => {
    const account = await createAccount(storage);
    const digest = someDigest();
    const early = newSession(account, {
      epoch: account.epoch + 1,
      refresh: { digest, expiresAt: NOW + HOUR },
    });
    assert.equal(await storage.sessions.create(early), false);
    const epoch = await storage.accounts.advanceEpoch(account.id);
    const late = newSession(account, { refresh: { digest, expiresAt: NOW + HOUR } });
    assert.equal(await storage.sessions.create(late), false);
    assert.deepEqual(await storage.sessions.list(account.id), []);
    const successor = { digest: someDigest(), expiresAt: NOW + HOUR };
    assert.deepEqual(await storage.refreshTokens.exchange({ digest, successor, now: NOW, graceMs: 0 }), {
      kind: 'unknown',
    });
    assert.equal(await storage.sessions.create(newSession(account, { epoch })), true);
  });

  guarantee('a session lives until the instant it expires', async ({ storage }) => {
    const session = await createSession(storage, await createAccount(storage), { expiresAt: NOW + HOUR });
    assert.equal(await isLive(storage, session, NOW + HOUR - 1), true);
    assert.equal(await isLive(storage, session, NOW + HOUR), false);
    assert.equal(await isLive(storage, session, NOW + HOUR + 1), false);
  });

  guarantee('a session of an older epoch is dead, though nobody ended it', async ({ storage }) => {
    const account = await createAccount(storage);
    const session = await createSession(storage, account);
    await storage.accounts.advanceEpoch(account.id);
    assert.equal(await isLive(storage, session), false);
  });

  guarantee('a session ends once, and no other ends with it', async ({ storage }) => {
    const account = await createAccount(storage);
    const session = await createSession(storage, account);
    const other = await createSession(storage, account);
    assert.equal(await storage.sessions.end(session.id, signedOut), true);
    assert.equal(await isLive(storage, session), false);
    const again = { now: NOW + 2, reason: 'revoked' } as const;
    assert.equal(await storage.sessions.end(session.id, again), false);
    assert.equal(await storage.sessions.end(randomUUID(), again), false);
    assert.equal(await isLive(storage, other), true);
    const ended = (await storage.sessions.list(account.id)).find(({ id }) => id === session.id);
    assert.deepEqual([ended?.endedAt, ended?.endReason], [NOW + 1, 'signed_out']);
  });

  guarantee(
    'ending tells whether the session was alive: not when it is over by itself',
    async ({ storage }) => {
      const account = await createAccount(storage);
      const expired = await createSession(storage, account, { expiresAt: NOW + 1 });
      assert.equal(await storage.sessions.end(expired.id, signedOut), false);
      const outdated = await createSession(storage, account);
      await storage.accounts.advanceEpoch(account.id);
      assert.equal(await storage.sessions.end(outdated.id, signedOut), false);
    },
  );

  guarantee('sessions are listed newest first, the ended among them', async ({ storage }) => {
    const account = await createAccount(storage);
    const created = [];
    for (const age of [3, 2, 1])
      created.unshift(await createSession(storage, account, { createdAt: NOW - age }));
    await createSession(storage, await createAccount(storage));
    await storage.sessions.end(created[1]?.id ?? '', signedOut);
    const listed = await storage.sessions.list(account.id);
    assert.deepEqual(
      listed.map(({ id }) => id),
      created.map(({ id }) => id),
    );
    assert.deepEqual(
      listed.map(({ endReason }) => endReason),
      [null, 'signed_out', null],
    );
    assert.deepEqual(await storage.sessions.list(randomUUID()), []);
  });

  // SEC-061
  guarantee('ending all sessions of an account ends them and no one else’s', async ({ storage }) => {
    const account = await createAccount(storage);
    const bystander = await createSession(storage, await createAccount(storage));
    const own = [await createSession(storage, account), await createSession(storage, account)];
    const before = await createSession(storage, account);
    await createSession(storage, account, { expiresAt: NOW + 1 });
    await storage.sessions.end(before.id, signedOut);
    const ended = await storage.transaction(async (stores) => {
      const epoch = await stores.accounts.advanceEpoch(account.id);
      return stores.sessions.endAll(account.id, { now: NOW + 5, reason: 'password_reset', epoch });
    });
    assert.equal(ended, 2);
    for (const session of own) assert.equal(await isLive(storage, session), false);
    assert.equal(await isLive(storage, bystander), true);
    const reasons = (await storage.sessions.list(account.id)).map(({ endReason }) => endReason);
    // What was over by itself is not said to have been ended.
    assert.deepEqual(reasons.toSorted(), [null, 'password_reset', 'password_reset', 'signed_out']);
  });

  guarantee(
    'the session that is kept is carried into the new epoch, with its refresh token',
    async ({ storage }) => {
      const account = await createAccount(storage);
      const digest = someDigest();
      const kept = await createSession(storage, account, { refresh: { digest, expiresAt: NOW + HOUR } });
      const other = await createSession(storage, account);
      const epoch = await storage.accounts.advanceEpoch(account.id);
      const options = { now: NOW + 5, reason: 'password_changed', epoch, keep: kept.id } as const;
      assert.equal(await storage.sessions.endAll(account.id, options), 1);
      assert.equal(await isLive(storage, kept), true);
      assert.equal(await isLive(storage, other), false);
      const successor = { digest: someDigest(), expiresAt: NOW + HOUR };
      const exchange = { digest, successor, now: NOW + 6, graceMs: 0 };
      assert.equal((await storage.refreshTokens.exchange(exchange)).kind, 'exchanged');
    },
  );

  guarantee('keeping revives no session that was dead before', async ({ storage }) => {
    for (const how of ['ended', 'outdated'] as const) {
      const account = await createAccount(storage);
      const session = await createSession(storage, account);
      if (how === 'ended') await storage.sessions.end(session.id, signedOut);
      else await storage.accounts.advanceEpoch(account.id);
      const epoch = await storage.accounts.advanceEpoch(account.id);
      const options = { now: NOW + 5, reason: 'revoked', epoch, keep: session.id } as const;
      await storage.sessions.endAll(account.id, options);
      assert.equal(await isLive(storage, session), false, how);
    }
  });

  guarantee('keeping carries over no session of another account', async ({ storage }) => {
    const account = await createAccount(storage);
    const stranger = await createAccount(storage);
    const session = await createSession(storage, stranger);
    await storage.accounts.advanceEpoch(stranger.id);
    const epoch = await storage.accounts.advanceEpoch(account.id);
    const options = { now: NOW + 5, reason: 'revoked', epoch, keep: session.id } as const;
    await storage.sessions.endAll(account.id, options);
    assert.equal(await isLive(storage, session), false);
  });

  guarantee('sessions are purged when they were over before the given instant', async ({ storage }) => {
    const account = await createAccount(storage);
    await createSession(storage, account, { expiresAt: NOW - 1 });
    const ended = await createSession(storage, account);
    await storage.sessions.end(ended.id, { now: NOW - 1, reason: 'signed_out' });
    const live = await createSession(storage, account);
    const justEnded = await createSession(storage, account);
    await storage.sessions.end(justEnded.id, { now: NOW, reason: 'signed_out' });
    const justExpired = await createSession(storage, account, { expiresAt: NOW });
    // What expired and what was ended are two pieces.
    assert.equal(await storage.sessions.purge(NOW, 100), 1);
    assert.equal(await storage.sessions.purge(NOW, 100), 1);
    const left = (await storage.sessions.list(account.id)).map(({ id }) => id);
    assert.deepEqual(new Set(left), new Set([live.id, justEnded.id, justExpired.id]));
    assert.equal(await storage.sessions.purge(NOW, 100), 0);
  });
}
