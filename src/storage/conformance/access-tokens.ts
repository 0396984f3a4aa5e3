import assert from 'node:assert/strict';
import type { AccessTokenOutcome } from '../../core/session/index.ts';
import type { Stores } from '../../core/storage.ts';
import { atOnce, createAccount, createSession, DAY, HOUR, NOW, someDigest } from './fixture.ts';
import type { Suite } from './suite.ts';

const KEEP = 100;

/** A session with one token of each kind. */
async function openStored(stores: Stores, { contract = 'notes', sessionExpiresAt = NOW + 30 * DAY } = {}) {
  const account = await createAccount(stores);
  const [access, refresh] = [someDigest(), someDigest()];
  const session = await createSession(stores, account, {
    contract,
    expiresAt: sessionExpiresAt,
    refresh: { digest: refresh, expiresAt: NOW + 10 * DAY },
    access: { digest: access, expiresAt: NOW + HOUR },
  });
  return { account, session, access, refresh };
}

/** A refresh that asks for another access token. */
function request(
  refresh: Uint8Array,
  access: Uint8Array = someDigest(),
  { now = NOW + 1, keep = KEEP } = {},
) {
  return {
    refreshDigest: refresh,
    contract: 'notes',
    access: { digest: access, expiresAt: now + HOUR },
    now,
    keep,
  };
}

const works = async (stores: Stores, digest: Uint8Array, now = NOW + 1): Promise<boolean> =>
  (await stores.accessTokens.findSession(digest, now)) !== undefined;

const kindOf = ({ kind }: AccessTokenOutcome) => kind;

/** Access tokens that are looked up, and the reusable refresh tokens for which they are issued. */
export function accessTokens({ guarantee, guaranteeWith, rivals }: Suite): void {
  guarantee('a token finds its session and the account as it is now', async ({ storage }) => {
    const { account, session, access } = await openStored(storage);
    const before = await storage.accessTokens.findSession(access, NOW + 1);
    assert.deepEqual(before, await storage.sessions.findLive(session.id, NOW + 1));
    await storage.accounts.updateProfile(account.id, { bio: 'changed since' });
    const live = await storage.accessTokens.findSession(access, NOW + 1);
    assert.deepEqual([live?.session.id, live?.account.bio], [session.id, 'changed since']);
    assert.equal(await works(storage, someDigest()), false);
  });

  guarantee('a token works until the instant it expires, and the session goes on', async ({ storage }) => {
    const { session, access } = await openStored(storage);
    assert.equal(await works(storage, access, NOW + HOUR - 1), true);
    assert.equal(await works(storage, access, NOW + HOUR), false);
    assert.notEqual(await storage.sessions.findLive(session.id, NOW + HOUR), undefined);
  });

  guarantee('no token outlives its session', async ({ storage }) => {
    const sessionExpiresAt = NOW + HOUR / 2;
    const { access, refresh } = await openStored(storage, { sessionExpiresAt });
    const next = someDigest();
    assert.equal(kindOf(await storage.accessTokens.issue(request(refresh, next))), 'issued');
    for (const digest of [access, next]) {
      assert.equal(await works(storage, digest, sessionExpiresAt - 1), true);
      assert.equal(await works(storage, digest, sessionExpiresAt), false);
    }
    const late = request(refresh, someDigest(), { now: sessionExpiresAt });
    assert.deepEqual(await storage.accessTokens.issue(late), { kind: 'ended' });
  });

  // SEC-062
  guarantee(
    'a token is worth nothing once its session has ended or is of an older epoch',
    async ({ storage }) => {
      const ended = await openStored(storage);
      const outdated = await openStored(storage);
      // Read before, so that what was kept is asked for again.
      for (const { access } of [ended, outdated]) assert.equal(await works(storage, access), true);
      await storage.sessions.end(ended.session.id, { now: NOW + 1, reason: 'signed_out' });
      await storage.accounts.advanceEpoch(outdated.account.id);
      for (const { access, refresh } of [ended, outdated]) {
        assert.equal(await works(storage, access), false);
        const next = someDigest();
        assert.deepEqual(await storage.accessTokens.issue(request(refresh, next)), { kind: 'ended' });
        assert.equal(await works(storage, next), false);
      }
    },
  );

  guarantee('the tokens of an account go with it', async ({ storage }) => {
    const { account, access, refresh } = await openStored(storage);
    assert.equal(await works(storage, access), true);
    await storage.accounts.delete(account.id);
    assert.equal(await works(storage, access), false);
    assert.deepEqual(await storage.accessTokens.issue(request(refresh)), { kind: 'unknown' });
  });

  guarantee(
    'a refresh token is used again and again, and the tokens before it go on',
    async ({ storage }) => {
      const { account, session, access, refresh } = await openStored(storage);
      const drawn = [access];
      for (const step of [1, 2, 3]) {
        const next = someDigest();
        drawn.push(next);
        assert.deepEqual(await storage.accessTokens.issue(request(refresh, next, { now: NOW + step })), {
          kind: 'issued',
          accountId: account.id,
          sessionId: session.id,
          sessionExpiresAt: session.expiresAt,
        });
      }
      for (const digest of drawn) assert.equal(await works(storage, digest), true);
    },
  );

  guarantee('a refresh token is good until the instant it expires', async ({ storage }) => {
    const { refresh } = await openStored(storage);
    const end = NOW + 10 * DAY;
    const before = request(refresh, someDigest(), { now: end - 1 });
    assert.equal(kindOf(await storage.accessTokens.issue(before)), 'issued');
    const atTheInstant = request(refresh, someDigest(), { now: end });
    assert.deepEqual(await storage.accessTokens.issue(atTheInstant), { kind: 'expired' });
  });

  guarantee('a refresh token of another contract is unknown', async ({ storage }) => {
    const { refresh } = await openStored(storage, { contract: 'fabric' });
    const next = someDigest();
    assert.deepEqual(await storage.accessTokens.issue(request(refresh, next)), { kind: 'unknown' });
    assert.deepEqual(await storage.accessTokens.issue(request(someDigest(), next)), { kind: 'unknown' });
    assert.equal(await works(storage, next), false);
  });

  guarantee('a session keeps its newest tokens, and none that expired', async ({ storage }) => {
    const bystander = await openStored(storage);
    const { access, refresh } = await openStored(storage);
    const drawn = [access];
    for (let count = 0; count < 5; count += 1) {
      const next = someDigest();
      drawn.push(next);
      await storage.accessTokens.issue(request(refresh, next, { keep: 3 }));
    }
    const working = await Promise.all(drawn.map((digest) => works(storage, digest)));
    assert.deepEqual(working, [false, false, false, true, true, true]);
    assert.equal(await works(storage, bystander.access), true);
    // The next request deleted what had expired: only the newest is left for a purge.
    const later = NOW + 3 * HOUR;
    await storage.accessTokens.issue(request(refresh, someDigest(), { now: later }));
    assert.equal(await storage.accessTokens.purge(later, 100), 1, 'the bystander’s');
    assert.equal(await storage.accessTokens.purge(later + HOUR + 1, 100), 1, 'the newest');
  });

  guarantee('a request that is rolled back never happened', async ({ storage }) => {
    const { refresh } = await openStored(storage);
    const [next, failure] = [someDigest(), new Error('on purpose')];
    const failing = storage.transaction(async (stores) => {
      assert.equal(kindOf(await stores.accessTokens.issue(request(refresh, next))), 'issued');
      assert.equal(await works(stores, next), true);
      throw failure;
    });
    await assert.rejects(failing, failure);
    assert.equal(await works(storage, next), false);
  });

  guarantee('of fifty parallel requests every one works', async (database) => {
    const storages = await rivals(database);
    const { refresh } = await openStored(database.storage);
    const drawn = await atOnce(50, storages, async ({ accessTokens: tokens }) => {
      const next = someDigest();
      assert.equal(kindOf(await tokens.issue(request(refresh, next))), 'issued');
      return next;
    });
    for (const digest of drawn) assert.equal(await works(database.storage, digest), true);
  });

  guaranteeWith('reopening')('a restart keeps what works, and revives nothing', async (database) => {
    const kept = await openStored(database.storage);
    const ended = await openStored(database.storage);
    await database.storage.sessions.end(ended.session.id, { now: NOW + 1, reason: 'revoked' });
    const storage = await database.reopen();
    assert.equal(await works(storage, kept.access), true);
    assert.equal(kindOf(await storage.accessTokens.issue(request(kept.refresh))), 'issued');
    assert.equal(await works(storage, ended.access), false);
    assert.deepEqual(await storage.accessTokens.issue(request(ended.refresh)), { kind: 'ended' });
  });
}
