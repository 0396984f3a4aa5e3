import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Maintenance } from '../../src/core/maintenance.ts';
import { DAY, email, HOUR, openBench } from './bench.ts';

const PASSWORD = 'correct horse battery';

test('purging deletes what is over, kind by kind, and nothing that is not', async (t) => {
  const bench = await openBench(t);
  const { maintenance, auth, contract, storage, clock } = bench;
  const alice = await bench.createAccount('alice@example.com', PASSWORD);
  const { access } = await bench.signIn('alice@example.com', PASSWORD);
  const demand = async (address: string) => ({
    contract,
    permit: await bench.permit('message'),
    identifier: email(address),
    delivery: bench.code,
  });

  // A sign-up nobody confirms, a code nobody types, a wrong password for nobody, a stranger's wrong password.
  await auth.signUp({ ...(await demand('pending@example.com')), password: PASSWORD });
  await auth.requestRecovery(await demand('alice@example.com'));
  await bench.messages();
  await assert.rejects(bench.signIn('nobody@example.com', PASSWORD));
  const none = {
    ...{ pendingSignUps: 0, challenges: 0, addressUndos: 0, sessions: 0, messages: 0, lockouts: 0 },
    ...{ totpSteps: 0, quotas: 0, auditEvents: 0 },
  };
  assert.deepEqual(await maintenance.purge(), none);

  clock.advance(2 * HOUR);
  const { quotas = 0, ...others } = await maintenance.purge();
  assert.ok(quotas > 0);
  assert.deepEqual({ ...others, quotas: 0 }, none);

  clock.advance(DAY);
  // The sign-up goes, and its code with it; the recovery code is a day past its time.
  assert.deepEqual(await maintenance.purge(), { ...none, pendingSignUps: 1, challenges: 1 });
  assert.equal(await storage.accounts.findByIdentifier(email('pending@example.com')), undefined);

  clock.advance(7 * DAY);
  const afterAWeek = await maintenance.purge();
  assert.deepEqual(afterAWeek, { ...none, sessions: 1, messages: 2 }, 'a refresh token, and two messages');

  clock.advance(30 * DAY);
  const afterAMonth = await maintenance.purge();
  // The counter of a name without an account, and that of an account which counts nothing since its sign-in.
  assert.deepEqual(afterAMonth, { ...none, sessions: 1, lockouts: 2 });

  assert.deepEqual((await storage.accounts.findById(alice.id))?.email, 'alice@example.com');
  assert.notEqual(await storage.passwords.find(alice.id), undefined);
  assert.ok((await storage.audit.list({ limit: 100 })).length > 0, 'the trail stays');
  await assert.rejects(bench.authenticate(access));
  await bench.signIn('alice@example.com', PASSWORD);
  assert.deepEqual(await maintenance.purge(), none);
});

async function purgedEvents(maintenance: Maintenance): Promise<number | undefined> {
  const { auditEvents } = await maintenance.purge();
  return auditEvents;
}

// SEC-095
test('audit events are purged when their time is over, however many, and none before', async (t) => {
  const bench = await openBench(t, { env: { LATCHKEY_AUDIT_RETENTION: '30d' } });
  const { maintenance, storage, clock } = bench;
  const event = { type: 'sign_in_failed', door: 'bench' } as const;
  await storage.transaction(async ({ audit }) => {
    for (let index = 0; index < 1_201; index += 1) await audit.record({ ...event, at: clock.now() });
  });
  clock.advance(1);
  await storage.audit.record({ ...event, at: clock.now() });
  clock.advance(30 * DAY);
  assert.equal(await purgedEvents(maintenance), 1_201);
  assert.equal((await storage.audit.list({ limit: 10 })).length, 1);
  clock.advance(1);
  assert.equal(await purgedEvents(maintenance), 1);

  const keeping = await openBench(t, { env: { LATCHKEY_AUDIT_RETENTION: 'forever' } });
  await keeping.storage.audit.record({ ...event, at: 0 });
  assert.equal(await purgedEvents(keeping.maintenance), 0);
});

test('purging deletes however much is over, in pieces with a pause between them in which others get their turn', async (t) => {
  const pauses: number[] = [];
  const left: number[] = [];
  const bench = await openBench(t, {
    async pause(ms) {
      pauses.push(ms);
      left.push((await storage.sessions.list(accountId)).length);
    },
  });
  const { maintenance, storage, clock } = bench;
  const { id: accountId } = await bench.createAccount('alice@example.com', PASSWORD);
  const now = clock.now();
  const until = { createdAt: now, authenticatedAt: now, methods: ['pwd'], expiresAt: now + HOUR };
  const { rows, pauseMs } = storage.deletionPace;
  const sessions = 2 * rows + 1;
  await storage.transaction(async (stores) => {
    for (let index = 0; index < sessions; index += 1) {
      const refresh = { digest: Buffer.from(`refresh ${index}`), expiresAt: until.expiresAt };
      const id = `session-${index}`;
      await stores.sessions.create({ id, accountId, contract: 'bench', epoch: 0, ...until, refresh });
    }
  });
  clock.advance(7 * DAY + HOUR + 1);
  const { sessions: purged } = await maintenance.purge();
  assert.equal(purged, 2 * sessions, 'refresh tokens and sessions');
  assert.deepEqual(await storage.sessions.list(accountId), []);
  const pieces = [sessions, sessions - rows, sessions - 2 * rows, 0];
  const tokens = [sessions, sessions, sessions];
  assert.deepEqual(left.slice(0, 6), [...tokens, ...pieces.slice(1)], 'each piece has at most its rows');
  assert.deepEqual([...new Set(pauses)], [pauseMs]);
});

test('purging in the middle of things disturbs none of them', async (t) => {
  const bench = await openBench(t);
  const { maintenance, auth, contract, clock } = bench;
  const identifier = email('alice@example.com');
  await bench.createAccount('alice@example.com', PASSWORD);
  const { access, refresh: token = '' } = await bench.signIn('alice@example.com', PASSWORD);
  const message = { contract, permit: await bench.permit('message'), identifier, delivery: bench.link };
  await auth.requestSignIn(message);
  const code = await bench.secretFor('alice@example.com');
  for (let failure = 0; failure < 5; failure += 1) {
    await assert.rejects(bench.signIn('alice@example.com', 'not the password'), {
      code: 'credentials_invalid',
    });
  }
  clock.advance(HOUR / 10 - 1);
  await maintenance.purge();
  await bench.authenticate(access);
  await assert.rejects(bench.signIn('alice@example.com', PASSWORD), { code: 'account_locked' });
  await auth.refresh({ contract, permit: await bench.permit('refresh'), token });
  await maintenance.purge();
  await auth.refresh({ contract, permit: await bench.permit('refresh'), token });
  await auth.confirmSignIn({ contract, permit: await bench.permit('confirm'), identifier, code });
});
