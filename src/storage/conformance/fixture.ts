import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { type Account, type NewAccount, parseIdentifier } from '../../core/account/index.ts';
import type { Challenge } from '../../core/challenge/index.ts';
import type { NewOutboxEntry } from '../../core/message/index.ts';
import type { NewSession } from '../../core/session/index.ts';
import type { Stores } from '../../core/storage.ts';
import type { LockoutPolicy } from '../../core/throttle/index.ts';

/** When the guarantees take place. Every instant is given to the stores; none of them has a clock. */
export const NOW = Date.UTC(2026, 0, 1, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const email = (text: string) => parseIdentifier('email', text);
export const phone = (text: string) => parseIdentifier('phone', text);
export const username = (text: string) => parseIdentifier('username', text);

/** What a code must be for a try at it to be counted. */
export const OUTSTANDING = { now: NOW, limit: 1_000 };

/** Secrets are stored as digests: 32 bytes that nothing else has. */
export const someDigest = (): Buffer => randomBytes(32);

/** An active account that nobody has verified, with an address of its own unless it is given identifiers. */
export function newAccount(change: Partial<NewAccount> = {}): NewAccount {
  const id = randomUUID();
  const named = 'email' in change || 'phone' in change || 'username' in change;
  return {
    id,
    ...(!named && { email: email(`${id}@example.com`) }),
    createdAt: NOW,
    activatedAt: NOW,
    emailVerifiedAt: null,
    phoneVerifiedAt: null,
    ...change,
  };
}

export async function createAccount(stores: Stores, change: Partial<NewAccount> = {}): Promise<Account> {
  const outcome = await stores.accounts.create(newAccount(change));
  assert.equal(outcome.kind, 'created');
  return outcome.account;
}

/** A sign-up that waits for its confirmation. */
export function createPending(stores: Stores, change: Partial<NewAccount> = {}): Promise<Account> {
  return createAccount(stores, { activatedAt: null, ...change });
}

export function newChallenge(account: Account, change: Partial<Challenge> = {}): Challenge {
  const address = account.email ?? account.phone ?? 'nobody@example.com';
  return {
    id: randomUUID(),
    accountId: account.id,
    ownerKey: account.id,
    purpose: 'sign_in',
    channel: 'email',
    target: address,
    address,
    form: 'code',
    secretDigest: someDigest(),
    epoch: account.epoch,
    createdAt: NOW,
    expiresAt: NOW + MINUTE,
    ...change,
  };
}

/** What stands in the place of a challenge where there is no account. */
export function newDecoy(change: Partial<Challenge> = {}): Challenge {
  const ownerKey = randomUUID();
  return {
    id: randomUUID(),
    accountId: null,
    ownerKey,
    purpose: 'sign_in',
    channel: 'email',
    target: ownerKey,
    address: '',
    form: 'code',
    secretDigest: someDigest(),
    epoch: 0,
    createdAt: NOW,
    expiresAt: NOW + MINUTE,
    ...change,
  };
}

export function newSession(account: Account, change: Partial<NewSession> = {}): NewSession {
  return {
    id: randomUUID(),
    accountId: account.id,
    contract: 'fabric',
    epoch: account.epoch,
    createdAt: NOW,
    expiresAt: NOW + DAY,
    authenticatedAt: NOW,
    methods: ['pwd'],
    ...change,
  };
}

export async function createSession(
  stores: Stores,
  account: Account,
  change: Partial<NewSession> = {},
): Promise<NewSession> {
  const session = newSession(account, change);
  assert.equal(await stores.sessions.create(session), true);
  return session;
}

export async function isLive(stores: Stores, { id }: { id: string }, now = NOW + 1): Promise<boolean> {
  return (await stores.sessions.findLive(id, now)) !== undefined;
}

export function newEntry(change: Partial<NewOutboxEntry> = {}): NewOutboxEntry {
  return {
    id: randomUUID(),
    kind: 'email',
    sealed: randomBytes(64),
    createdAt: NOW,
    expiresAt: NOW + HOUR,
    ...change,
  };
}

/** Reserves an attempt and settles it as a failure. Returns the failures since the last success; undefined when locked. */
export async function failAttempt(
  { lockouts }: Stores,
  subject: string,
  policy: LockoutPolicy,
  now = NOW,
): Promise<number | undefined> {
  const outcome = await lockouts.reserve(subject, policy, now);
  return outcome.kind === 'reserved' ? lockouts.fail(outcome.reservation, policy, now) : undefined;
}

/** The same piece of work so many times at once, in turn on each of the storages. */
export function atOnce<S, T>(
  times: number,
  storages: readonly [S, ...S[]],
  work: (storage: S, index: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(
    Array.from({ length: times }, (_, index) =>
      work(storages[index % storages.length] ?? storages[0], index),
    ),
  );
}
