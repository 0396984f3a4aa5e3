import assert from 'node:assert/strict';
import type { Account } from '../../core/account/index.ts';
import type { RefreshTokenExchange } from '../../core/session/index.ts';
import type { Stores } from '../../core/storage.ts';
import { createAccount, createSession, DAY, HOUR, isLive, NOW, someDigest } from './fixture.ts';
import type { OpenedStorage, Suite } from './suite.ts';

const GRACE = 30_000;

interface Family {
  readonly account: Account;
  readonly session: { readonly id: string; readonly expiresAt: number };
  readonly first: Uint8Array;
}

/** A session with its first refresh token. */
async function openFamily(
  storage: Stores,
  { tokenExpiresAt = NOW + HOUR, sessionExpiresAt = NOW + DAY } = {},
): Promise<Family> {
  const account = await createAccount(storage);
  const first = someDigest();
  const session = await createSession(storage, account, {
    expiresAt: sessionExpiresAt,
    refresh: { digest: first, expiresAt: tokenExpiresAt },
  });
  return { account, session, first };
}

const exchangeOf = (digest: Uint8Array, successor: Uint8Array, now: number): RefreshTokenExchange => ({
  digest,
  successor: { digest: successor, expiresAt: now + HOUR },
  now,
  graceMs: GRACE,
});

export function refreshTokens({ guarantee, guaranteeWith }: Suite): void {
  guarantee('a token is exchanged for its successor, and that one for the next', async ({ storage }) => {
    const { account, session, first } = await openFamily(storage);
    const whose = { accountId: account.id, sessionId: session.id, sessionExpiresAt: session.expiresAt };
    let current = first;
    for (const now of [NOW + 1, NOW + HOUR, NOW + 2 * HOUR - 1]) {
      const next = someDigest();
      const outcome = await storage.refreshTokens.exchange(exchangeOf(current, next, now));
      assert.deepEqual(outcome, { kind: 'exchanged', ...whose, exchangedAt: now });
      current = next;
    }
  });

  // SEC-057
  guarantee('a repeat inside the grace gets the instant of the exchange again', async ({ storage }) => {
    const { account, session, first } = await openFamily(storage);
    const second = someDigest();
    await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 1));
    for (const now of [NOW + 1, NOW + 2, NOW + 1 + GRACE]) {
      assert.deepEqual(await storage.refreshTokens.exchange(exchangeOf(first, second, now)), {
        kind: 'repeated',
        accountId: account.id,
        sessionId: session.id,
        sessionExpiresAt: session.expiresAt,
        exchangedAt: NOW + 1,
      });
    }
    const onward = exchangeOf(second, someDigest(), NOW + 2 + GRACE);
    assert.equal((await storage.refreshTokens.exchange(onward)).kind, 'exchanged');
  });

  // SEC-058
  guarantee('a repeat after the successor was used is refused and changes nothing', async ({ storage }) => {
    const { session, first } = await openFamily(storage);
    const [second, third] = [someDigest(), someDigest()];
    await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 1));
    await storage.refreshTokens.exchange(exchangeOf(second, third, NOW + 2));
    const repeat = exchangeOf(first, second, NOW + 3);
    assert.deepEqual(await storage.refreshTokens.exchange(repeat), { kind: 'superseded' });
    assert.deepEqual(await storage.refreshTokens.exchange(repeat), { kind: 'superseded' });
    assert.equal(await isLive(storage, session, NOW + 4), true);
    assert.equal(
      (await storage.refreshTokens.exchange(exchangeOf(third, someDigest(), NOW + 4))).kind,
      'exchanged',
    );
  });

  // SEC-056
  guarantee('a repeat after the grace ends the session and its newest token', async ({ storage }) => {
    const { account, session, first } = await openFamily(storage);
    const second = someDigest();
    await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 1));
    const late = exchangeOf(first, second, NOW + 2 + GRACE);
    const whose = { accountId: account.id, sessionId: session.id, sessionExpiresAt: session.expiresAt };
    assert.deepEqual(await storage.refreshTokens.exchange(late), { kind: 'reused', ...whose, ended: true });
    assert.equal(await isLive(storage, session, late.now), false);
    const [listed] = await storage.sessions.list(account.id);
    assert.deepEqual([listed?.endedAt, listed?.endReason], [late.now, 'refresh_reused']);
    const newest = exchangeOf(second, someDigest(), late.now);
    assert.deepEqual(await storage.refreshTokens.exchange(newest), { kind: 'ended' });
    assert.deepEqual(await storage.refreshTokens.exchange(late), { kind: 'reused', ...whose, ended: false });
  });

  guarantee('a repeat after the grace is theft, also when the successor was used', async ({ storage }) => {
    const { session, first } = await openFamily(storage);
    const [second, third] = [someDigest(), someDigest()];
    await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 1));
    await storage.refreshTokens.exchange(exchangeOf(second, third, NOW + 2));
    const outcome = await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 2 + GRACE));
    assert.equal(outcome.kind, 'reused');
    assert.equal(await isLive(storage, session, NOW + 3 + GRACE), false);
  });

  guarantee('one family’s theft is no other’s', async ({ storage }) => {
    const { account, first } = await openFamily(storage);
    const other = await createSession(storage, account);
    const second = someDigest();
    await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 1));
    await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 2 + GRACE));
    assert.equal(await isLive(storage, other), true);
  });

  guarantee('a token nobody issued is unknown', async ({ storage }) => {
    const { session } = await openFamily(storage);
    const outcome = await storage.refreshTokens.exchange(exchangeOf(someDigest(), someDigest(), NOW));
    assert.deepEqual(outcome, { kind: 'unknown' });
    assert.equal(await isLive(storage, session), true);
  });

  // SEC-060
  guarantee('a token is good until the instant it expires', async ({ storage }) => {
    const { first } = await openFamily(storage, { tokenExpiresAt: NOW + HOUR });
    const atTheInstant = exchangeOf(first, someDigest(), NOW + HOUR);
    assert.deepEqual(await storage.refreshTokens.exchange(atTheInstant), { kind: 'expired' });
    const before = exchangeOf(first, someDigest(), NOW + HOUR - 1);
    assert.equal((await storage.refreshTokens.exchange(before)).kind, 'exchanged');
    // Its successor lives for as long as was said when it was made.
    const next = exchangeOf(before.successor.digest, someDigest(), before.successor.expiresAt);
    assert.deepEqual(await storage.refreshTokens.exchange(next), { kind: 'expired' });
    assert.equal((await storage.refreshTokens.exchange({ ...next, now: next.now - 1 })).kind, 'exchanged');
  });

  // SEC-060
  guarantee('however often it is exchanged, no token outlives its session', async ({ storage }) => {
    const sessionExpiresAt = NOW + 2 * HOUR;
    const { first } = await openFamily(storage, { tokenExpiresAt: NOW + DAY, sessionExpiresAt });
    const second = someDigest();
    const outcome = await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + HOUR + 1));
    assert.equal(outcome.kind, 'exchanged');
    const over = exchangeOf(second, someDigest(), sessionExpiresAt);
    assert.deepEqual(await storage.refreshTokens.exchange(over), { kind: 'ended' });
  });

  guarantee('tokens of an ended session are worth nothing, repeats included', async ({ storage }) => {
    const { account, session, first } = await openFamily(storage);
    const other = await openFamily(storage);
    const second = someDigest();
    await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 1));
    await storage.sessions.end(session.id, { now: NOW + 2, reason: 'signed_out' });
    for (const digest of [first, second]) {
      const outcome = await storage.refreshTokens.exchange(exchangeOf(digest, someDigest(), NOW + 3));
      assert.deepEqual(outcome, { kind: 'ended' });
    }
    const [listed] = await storage.sessions.list(account.id);
    assert.equal(listed?.endReason, 'signed_out');
    assert.equal(
      (await storage.refreshTokens.exchange(exchangeOf(other.first, someDigest(), NOW + 3))).kind,
      'exchanged',
    );
  });

  // SEC-062
  guarantee('tokens of a session of an older epoch are worth nothing', async ({ storage }) => {
    const { account, first } = await openFamily(storage);
    await storage.accounts.advanceEpoch(account.id);
    const outcome = await storage.refreshTokens.exchange(exchangeOf(first, someDigest(), NOW + 1));
    assert.deepEqual(outcome, { kind: 'ended' });
  });

  guarantee('an exchange that is rolled back never happened', async ({ storage }) => {
    const { first } = await openFamily(storage);
    const second = someDigest();
    const failure = new Error('on purpose');
    const failing = storage.transaction(async (stores) => {
      assert.equal(
        (await stores.refreshTokens.exchange(exchangeOf(first, second, NOW + 1))).kind,
        'exchanged',
      );
      throw failure;
    });
    await assert.rejects(failing, failure);
    const unborn = exchangeOf(second, someDigest(), NOW + 2);
    assert.deepEqual(await storage.refreshTokens.exchange(unborn), { kind: 'unknown' });
    assert.equal(
      (await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 2))).kind,
      'exchanged',
    );
  });

  guarantee('tokens are purged when they expired before the given instant', async ({ storage }) => {
    const gone = await openFamily(storage, { tokenExpiresAt: NOW - 1 });
    const kept = await openFamily(storage, { tokenExpiresAt: NOW + 1 });
    assert.equal(await storage.refreshTokens.purge(NOW, 100), 1);
    const [ofGone, ofKept] = [gone, kept].map(({ first }) => exchangeOf(first, someDigest(), NOW));
    assert.ok(ofGone !== undefined && ofKept !== undefined);
    assert.deepEqual(await storage.refreshTokens.exchange(ofGone), { kind: 'unknown' });
    assert.equal((await storage.refreshTokens.exchange(ofKept)).kind, 'exchanged');
    assert.equal(await isLive(storage, gone.session), true);
  });

  // SEC-059
  guaranteeWith('reopening')('a restart revives no exchanged token', async (database: OpenedStorage) => {
    const { session, first } = await openFamily(database.storage);
    const second = someDigest();
    await database.storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 1));
    const storage = await database.reopen();
    const repeated = await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 2));
    assert.deepEqual(
      [repeated.kind, 'exchangedAt' in repeated && repeated.exchangedAt],
      ['repeated', NOW + 1],
    );
    const late = await storage.refreshTokens.exchange(exchangeOf(first, second, NOW + 2 + GRACE));
    assert.equal(late.kind, 'reused');
    assert.equal(await isLive(storage, session, NOW + 3 + GRACE), false);
  });
}
