import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Storage } from '../../src/core/storage.ts';
import {
  createAccount,
  createSession,
  DAY,
  email,
  HOUR,
  NOW,
  newChallenge,
  newEntry,
  phone,
  someDigest,
  username,
} from '../../src/storage/conformance/fixture.ts';
import { type DatabaseLocation, openStorage } from '../../src/storage/index.ts';
import { createDatabase } from '../support/postgres/databases.ts';
import { temporaryDirectory } from './sqlite-database.ts';

export type EngineName = 'sqlite' | 'postgres';

export interface Place extends AsyncDisposable {
  readonly location: DatabaseLocation;
  /** As `--from` and `--to` have it. */
  readonly url: string;
}

/** Room for a database of its own; without schema unless it is made. */
export async function placeFor(engine: EngineName): Promise<Place> {
  if (engine === 'postgres') {
    const database = await createDatabase({ isEmpty: true });
    const { url, location } = database;
    return { url, location, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
  }
  const directory = await temporaryDirectory();
  return {
    url: `sqlite:${directory.database}`,
    location: { engine: 'sqlite', path: directory.database },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

export async function using<T>(
  location: DatabaseLocation,
  work: (storage: Storage) => Promise<T>,
): Promise<T> {
  const { storage } = await openStorage(location, { migrations: 'run' });
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

/** Something of every kind, some of it many times, and what was deleted last among it. */
export async function fill(storage: Storage, accounts = 30) {
  const first = await createAccount(storage, {
    username: username('Ünïcodé'),
    email: email('first@example.com'),
    phone: phone('+4917012345678'),
    isSuperuser: true,
  });
  const refresh = { digest: someDigest(), expiresAt: NOW + DAY };
  const access = { digest: someDigest(), expiresAt: NOW + HOUR };
  const session = await createSession(storage, first, { refresh, access });
  await storage.accounts.updateProfile(first.id, { bio: 'line one\nüñî 🦊 "quoted"' });
  for (let index = 1; index < accounts; index += 1) {
    const account = await createAccount(storage);
    await storage.passwords.set(account.id, `hash ${index}`, NOW);
    await createSession(storage, account, { refresh: { digest: someDigest(), expiresAt: NOW + DAY } });
  }
  const undo = {
    accountId: first.id,
    email: email('Former@example.com'),
    secretDigest: someDigest(),
    expiresAt: NOW + DAY,
  };
  await storage.addressUndos.add(undo);
  const challenge = newChallenge(first);
  await storage.challenges.put(challenge);
  const totp = { id: randomUUID(), secret: { keyId: 'key', bytes: someDigest() } };
  await storage.totp.set({ ...totp, accountId: first.id, enrolledAt: NOW });
  for (const step of [4, 5]) await storage.totp.spend({ credentialId: totp.id, step, newestStep: step });
  const lockout = { failures: 5, lockMs: HOUR, disableAfter: 100, reservationMs: HOUR };
  await storage.lockouts.reserve('account:x', lockout, NOW);
  await storage.quotas.count('codes:hour:x', { limit: 5, windowMs: HOUR }, NOW);
  const message = newEntry();
  await storage.outbox.add(message);
  await storage.audit.record({ at: NOW, type: 'account_created', accountId: first.id, door: 'cli' });
  await storage.secretFingerprint.record('of the secret', NOW);
  const gone = await createAccount(storage);
  assert.equal(await storage.accounts.delete(gone.id), true);
  return { first, session, refresh, access, challenge, undo, totp, message, gone };
}
