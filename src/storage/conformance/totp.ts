import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Account } from '../../core/account/index.ts';
import type { NewTotpCredential } from '../../core/credential/index.ts';
import type { Storage, Stores } from '../../core/storage.ts';
import { atOnce, createAccount, createSession, HOUR, isLive, NOW, someDigest } from './fixture.ts';
import type { Suite } from './suite.ts';

const STEP = 58_000_000;
const limit = 5;

function newTotp(account: Account, change: Partial<NewTotpCredential> = {}): NewTotpCredential {
  const secret = { keyId: 'key-1', bytes: someDigest() };
  return { id: randomUUID(), accountId: account.id, secret, enrolledAt: NOW, ...change };
}

async function enroll(stores: Stores, account: Account): Promise<NewTotpCredential> {
  const credential = newTotp(account);
  await stores.totp.set(credential);
  return credential;
}

/** Spends the code of a step while the clock is at another. */
const spend = ({ totp }: Storage, { id }: { id: string }, step: number, at = step): Promise<boolean> =>
  totp.spend({ credentialId: id, step, newestStep: at + 1 });

export function totp({ guarantee, guaranteeWith, rivals }: Suite): void {
  guarantee('a secret is found by its account, byte for byte', async ({ storage }) => {
    const account = await createAccount(storage);
    assert.equal(await storage.totp.find(account.id), undefined);
    const { id, secret } = await enroll(storage, account);
    await enroll(storage, await createAccount(storage));
    const found = await storage.totp.find(account.id);
    assert.deepEqual([found?.id, found?.secret.keyId], [id, secret.keyId]);
    assert.deepEqual(Buffer.from(found?.secret.bytes ?? []), secret.bytes);
  });

  guarantee('a live session brings the secret of its account along, and no other', async ({ storage }) => {
    const account = await createAccount(storage);
    const session = await createSession(storage, account);
    await enroll(storage, await createAccount(storage));
    assert.equal((await storage.sessions.findLive(session.id, NOW))?.totp, undefined);
    const { id, secret } = await enroll(storage, account);
    const live = await storage.sessions.findLive(session.id, NOW);
    assert.deepEqual([live?.totp?.id, live?.totp?.secret.keyId], [id, secret.keyId]);
    assert.deepEqual(Buffer.from(live?.totp?.secret.bytes ?? []), secret.bytes);
  });

  // SEC-032
  guarantee('the code of a step is spent once, and none before it afterwards', async ({ storage }) => {
    const credential = await enroll(storage, await createAccount(storage));
    const other = await enroll(storage, await createAccount(storage));
    assert.equal(await spend(storage, credential, STEP), true);
    assert.equal(await spend(storage, credential, STEP), false);
    assert.equal(await spend(storage, credential, STEP - 1, STEP), false);
    assert.equal(await spend(storage, other, STEP), true);
    assert.equal(await spend(storage, credential, STEP + 1), true);
    assert.equal(await spend(storage, credential, STEP), false);
    assert.equal(await spend(storage, { id: randomUUID() }, STEP + 2), false);
  });

  // SEC-037
  guarantee(
    'a step that was spent while the clock was ahead blocks no other, and is spent for ever',
    async ({ storage }) => {
      const credential = await enroll(storage, await createAccount(storage));
      const ahead = STEP + 120;
      assert.equal(await spend(storage, credential, ahead), true);
      assert.equal(await spend(storage, credential, STEP), true);
      assert.equal(await spend(storage, credential, STEP), false);
      assert.equal(await spend(storage, credential, ahead), false);
      assert.equal(await spend(storage, credential, ahead + 1), true);
    },
  );

  // SEC-033
  guarantee('of many who spend one code at once one wins', async (database) => {
    const storages = await rivals(database);
    const credential = await enroll(database.storage, await createAccount(database.storage));
    for (let round = 0; round < 5; round += 1) {
      const won = await atOnce(50, storages, (storage) => spend(storage, credential, STEP + round));
      assert.equal(won.filter(Boolean).length, 1);
    }
  });

  guaranteeWith('reopening')('a restart revives no code', async ({ storage, reopen }) => {
    const credential = await enroll(storage, await createAccount(storage));
    assert.equal(await spend(storage, credential, STEP), true);
    assert.equal(await spend(await reopen(), credential, STEP), false);
  });

  guarantee('a new secret ends the one before, with what it had spent', async ({ storage }) => {
    const account = await createAccount(storage);
    const before = await enroll(storage, account);
    await spend(storage, before, STEP);
    const after = await enroll(storage, account);
    assert.equal((await storage.totp.find(account.id))?.id, after.id);
    assert.equal(await spend(storage, before, STEP + 1), false);
    assert.equal(await spend(storage, after, STEP), true);
  });

  guarantee('a removed secret is gone, and spends nothing', async ({ storage }) => {
    const account = await createAccount(storage);
    const credential = await enroll(storage, account);
    const neighbour = await createAccount(storage);
    await enroll(storage, neighbour);
    assert.equal(await storage.totp.remove(account.id), true);
    assert.equal(await storage.totp.remove(account.id), false);
    assert.equal(await storage.totp.find(account.id), undefined);
    assert.equal(await spend(storage, credential, STEP), false);
    assert.ok(await storage.totp.find(neighbour.id));
  });

  guarantee('secrets and spent steps go with their account', async ({ storage }) => {
    const account = await createAccount(storage);
    const credential = await enroll(storage, account);
    await spend(storage, credential, STEP);
    assert.equal(await storage.accounts.delete(account.id), true);
    assert.equal(await storage.totp.find(account.id), undefined);
    assert.equal(await storage.totp.purge(STEP + 1, 100), 0);
  });

  guarantee('what another key sealed is listed, page by page, and sealed anew', async ({ storage }) => {
    const credentials = [];
    for (const keyId of ['old', 'new', 'old', 'older']) {
      const credential = newTotp(await createAccount(storage), { secret: { keyId, bytes: someDigest() } });
      await storage.totp.set(credential);
      if (keyId !== 'new') credentials.push(credential);
    }
    const expected = credentials.map(({ id }) => id).toSorted();
    const first = await storage.totp.listSealedByOthers('new', { after: '', limit: 2 });
    const rest = await storage.totp.listSealedByOthers('new', { after: expected[1] ?? '', limit: 2 });
    assert.deepEqual(
      [...first, ...rest].map(({ id }) => id),
      expected,
    );

    const [target] = first;
    assert.ok(target);
    const sealed = { keyId: 'new', bytes: someDigest() };
    assert.equal(await storage.totp.reseal(target, sealed), true);
    // Somebody else was first.
    assert.equal(await storage.totp.reseal(target, { keyId: 'new', bytes: someDigest() }), false);
    const left = await storage.totp.listSealedByOthers('new', { after: '', limit: 10 });
    assert.deepEqual(
      left.map(({ id }) => id),
      expected.slice(1),
    );
  });

  guarantee('spent steps are forgotten by age', async ({ storage }) => {
    const credential = await enroll(storage, await createAccount(storage));
    for (const step of [STEP, STEP + 1, STEP + 2]) await spend(storage, credential, step);
    assert.equal(await storage.totp.purge(STEP + 2, 100), 2);
    assert.equal(await storage.totp.purge(STEP + 2, 100), 0);
    assert.equal(await spend(storage, credential, STEP + 2), false);
  });

  // SEC-036
  guarantee('wrong codes of a session are counted up to the limit, in a row', async ({ storage }) => {
    const account = await createAccount(storage);
    const session = await createSession(storage, account);
    const other = await createSession(storage, account);
    const count = (now = NOW) => storage.sessions.countWrongCode(session.id, { limit, now });
    assert.deepEqual([await count(), await count()], [1, 2]);
    assert.equal((await storage.sessions.findLive(session.id, NOW))?.wrongCodes, 2);
    await storage.sessions.clearWrongCodes(session.id);
    assert.equal((await storage.sessions.findLive(session.id, NOW))?.wrongCodes, 0);
    for (let expected = 1; expected <= limit; expected += 1) assert.equal(await count(), expected);
    assert.equal(await count(), undefined);
    assert.equal((await storage.sessions.findLive(other.id, NOW))?.wrongCodes, 0);
    assert.equal(await storage.sessions.countWrongCode(randomUUID(), { limit, now: NOW }), undefined);
  });

  guarantee('nothing is counted for a session that is over', async ({ storage }) => {
    const account = await createAccount(storage);
    const ended = await createSession(storage, account);
    await storage.sessions.end(ended.id, { now: NOW, reason: 'signed_out' });
    const expired = await createSession(storage, account, { expiresAt: NOW + HOUR });
    assert.equal(await storage.sessions.countWrongCode(ended.id, { limit, now: NOW }), undefined);
    const late = { limit, now: NOW + HOUR };
    assert.equal(await storage.sessions.countWrongCode(expired.id, late), undefined);
    assert.equal(await isLive(storage, ended), false);
  });

  // SEC-036
  guarantee('parallel wrong codes see different counts, and none beyond the limit', async (database) => {
    const storages = await rivals(database);
    const session = await createSession(database.storage, await createAccount(database.storage));
    const counts = await atOnce(20, storages, (storage) =>
      storage.sessions.countWrongCode(session.id, { limit, now: NOW }),
    );
    const counted = counts.filter((count) => count !== undefined);
    assert.deepEqual(counted.toSorted(), [1, 2, 3, 4, 5]);
  });
}
