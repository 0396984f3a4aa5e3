import assert from 'node:assert/strict';
import type { Storage } from '../../core/storage.ts';
import {
  createAccount,
  createPending,
  createSession,
  HOUR,
  NOW,
  newChallenge,
  newEntry,
  someDigest,
} from './fixture.ts';
import type { Suite } from './suite.ts';

interface Kind {
  /** Adds one row that is over by `NOW`. */
  readonly add: (storage: Storage, index: number) => Promise<unknown>;
  readonly purge: (storage: Storage, limit: number) => Promise<number>;
}

const over = { createdAt: NOW - 2 * HOUR, expiresAt: NOW - HOUR };
const policy = { failures: 5, lockMs: HOUR, disableAfter: 100, reservationMs: HOUR };

const kinds: Readonly<Record<string, Kind>> = {
  'sign-ups': {
    add: (storage) => createPending(storage, { createdAt: NOW - HOUR }),
    purge: ({ accounts }, limit) => accounts.purgePending(NOW, limit),
  },
  challenges: {
    add: async (storage) => storage.challenges.put(newChallenge(await createAccount(storage), over)),
    purge: ({ challenges }, limit) => challenges.purge(NOW, limit),
  },
  sessions: {
    add: async (storage) => createSession(storage, await createAccount(storage), over),
    purge: ({ sessions }, limit) => sessions.purge(NOW, limit),
  },
  'refresh tokens': {
    async add(storage) {
      const refresh = { digest: someDigest(), expiresAt: NOW - HOUR };
      await createSession(storage, await createAccount(storage), { createdAt: NOW - 2 * HOUR, refresh });
    },
    purge: ({ refreshTokens }, limit) => refreshTokens.purge(NOW, limit),
  },
  'access tokens': {
    async add(storage) {
      const access = { digest: someDigest(), expiresAt: NOW - HOUR };
      await createSession(storage, await createAccount(storage), { createdAt: NOW - 2 * HOUR, access });
    },
    purge: ({ accessTokens }, limit) => accessTokens.purge(NOW, limit),
  },
  messages: {
    async add({ outbox }) {
      const entry = newEntry(over);
      await outbox.add(entry);
      await outbox.markSent(entry.id, NOW);
    },
    purge: ({ outbox }, limit) => outbox.purge(NOW, limit),
  },
  counters: {
    add: ({ lockouts }, index) => lockouts.reserve(`identifier:${index}`, policy, NOW - HOUR),
    purge: ({ lockouts }, limit) => lockouts.purge(NOW, limit),
  },
};

export function purging({ guarantee }: Suite): void {
  for (const [name, { add, purge }] of Object.entries(kinds)) {
    guarantee(`of ${name} no more are purged than was asked for`, async ({ storage }) => {
      for (let index = 0; index < 5; index += 1) await add(storage, index);
      const purged = [await purge(storage, 2), await purge(storage, 2), await purge(storage, 2)];
      assert.deepEqual([...purged, await purge(storage, 2)], [2, 2, 1, 0]);
    });
  }

  guarantee(
    'sessions that expired and sessions that were ended are purged in pieces, until none are left',
    async ({ storage }) => {
      for (let index = 0; index < 3; index += 1) {
        await createSession(storage, await createAccount(storage), over);
        const ended = await createSession(storage, await createAccount(storage));
        await storage.sessions.end(ended.id, { now: NOW - HOUR, reason: 'revoked' });
      }
      const purged: number[] = [];
      do purged.push(await storage.sessions.purge(NOW, 2));
      while (purged.at(-1) !== 0);
      assert.ok(
        purged.every((rows) => rows <= 2),
        purged.join(),
      );
      assert.equal(
        purged.reduce((sum, rows) => sum + rows, 0),
        6,
      );
    },
  );
}
