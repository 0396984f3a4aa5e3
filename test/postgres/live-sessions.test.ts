/** What a process keeps of live sessions on PostgreSQL: as long as it holds, and never longer (decision 0014). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from 'pg';
import type { Storage } from '../../src/core/storage.ts';
import { createAccount, createSession, isLive, NOW } from '../../src/storage/conformance/fixture.ts';
import { openPostgres } from '../../src/storage/sql/engines/postgres/index.ts';
import { sqlStorage } from '../../src/storage/sql/sql-storage.ts';
import { createDatabase } from '../support/postgres/databases.ts';
import { type ListeningFate, startProxy } from '../support/postgres/proxy.ts';

const LIMITS = { pool: 4, connectTimeoutMs: 20_000, statementTimeoutMs: 20_000 };

/** Two processes on one database, the first behind a proxy, and an operator who types SQL. */
async function openTwo(listening: ListeningFate = 'passes') {
  const database = await createDatabase();
  const proxy = await startProxy(database.location.port);
  proxy.listening = listening;
  const one = sqlStorage(openPostgres({ ...database.location, port: proxy.port }, LIMITS));
  const other = sqlStorage(openPostgres(database.location, LIMITS));
  const operator = new Client({ connectionString: database.url });
  await operator.connect();
  return {
    proxy,
    one,
    other,
    operator,
    async [Symbol.asyncDispose]() {
      await operator.end();
      await Promise.all([one, other].map((storage) => storage.close()));
      await proxy[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

type Two = Awaited<ReturnType<typeof openTwo>>;

/** Whether a look-up is answered while nobody can read the table: true only for what is kept. */
async function isKept({ one, operator }: Two, session: string): Promise<boolean> {
  await operator.query('begin; lock table sessions in access exclusive mode');
  const found = isLive(one, { id: session });
  const isBlocked = async () => {
    const waiting = "select 1 from pg_locks where not granted and relation = 'sessions'::regclass";
    return ((await operator.query(waiting)).rowCount ?? 0) > 0;
  };
  try {
    for (;;) {
      const answered = await Promise.race([found.then(() => true), isBlocked().then(() => false)]);
      if (answered) return true;
      if (await isBlocked()) return false;
    }
  } finally {
    await operator.query('rollback');
    await found;
  }
}

/** A session that the first process keeps. */
async function keep(two: Two) {
  const account = await createAccount(two.one);
  const { id: session } = await createSession(two.one, account);
  do assert.equal(await isLive(two.one, { id: session }), true);
  while (!(await isKept(two, session)));
  return { account, session };
}

const changes: Record<
  string,
  (storage: Storage, kept: Awaited<ReturnType<typeof keep>>) => Promise<unknown>
> = {
  'the session was ended': (storage, { session }) =>
    storage.sessions.end(session, { now: NOW, reason: 'signed_out' }),
  'the account began another epoch': (storage, { account }) => storage.accounts.advanceEpoch(account.id),
  'all its sessions were ended': (storage, { account }) =>
    storage.transaction(async ({ accounts, sessions }) => {
      const epoch = await accounts.advanceEpoch(account.id);
      await sessions.endAll(account.id, { now: NOW, reason: 'revoked', epoch });
    }),
  'the account was deleted': (storage, { account }) => storage.accounts.delete(account.id),
};

for (const [what, change] of Object.entries(changes)) {
  test(`a session is over with the next look-up when elsewhere ${what}`, async () => {
    await using two = await openTwo();
    for (let round = 0; round < 10; round += 1) {
      const kept = await keep(two);
      await change(two.other, kept);
      assert.equal(await isLive(two.one, { id: kept.session }), false);
    }
  });
}

test('it is also over when an operator types it in', async () => {
  await using two = await openTwo();
  const { account, session } = await keep(two);
  await two.operator.query('update sessions set ended_at = 1 where account_id = $1', [account.id]);
  assert.equal(await isLive(two.one, { id: session }), false);
});

test('what is known of the account is what was last committed, wherever', async () => {
  await using two = await openTwo();
  const { account, session } = await keep(two);
  await two.other.accounts.updateProfile(account.id, { fullName: 'Ada' });
  assert.equal((await two.one.sessions.findLive(session, NOW))?.account.fullName, 'Ada');
  await two.one.accounts.setDisabled(account.id, NOW);
  assert.equal((await two.one.sessions.findLive(session, NOW))?.account.disabledAt, NOW);
});

test('a stored token that is dropped elsewhere is over with the next look-up', async () => {
  await using two = await openTwo();
  const account = await createAccount(two.one);
  const digest = Buffer.from('token');
  await createSession(two.one, account, { access: { digest, expiresAt: NOW + 1_000 } });
  for (let look = 0; look < 20; look += 1) assert.ok(await two.one.accessTokens.findSession(digest, NOW));
  await two.operator.query('delete from access_tokens');
  assert.equal(await two.one.accessTokens.findSession(digest, NOW), undefined);
});

test('other accounts and a sign of life change nothing about what is kept', async () => {
  await using two = await openTwo();
  const { account, session } = await keep(two);
  const stranger = await createAccount(two.other);
  await two.other.accounts.advanceEpoch(stranger.id);
  await two.other.accounts.touch(account.id, { now: NOW, unlessSince: NOW });
  assert.equal(await isKept(two, session), true);
});

describe('nothing is kept', () => {
  test('once the connection that listens is cut, until another one hears', async () => {
    await using two = await openTwo();
    const { session } = await keep(two);
    two.proxy.cutListening();
    assert.equal(await isKept(two, session), false);
    await two.other.sessions.end(session, { now: NOW, reason: 'signed_out' });
    assert.equal(await isLive(two.one, { id: session }), false);
    await keep(two);
  });

  test('once the connection that listens says nothing any more', async () => {
    await using two = await openTwo();
    const { session } = await keep(two);
    two.proxy.listening = 'is silent';
    await two.other.sessions.end(session, { now: NOW, reason: 'signed_out' });
    assert.equal(await isLive(two.one, { id: session }), false);
  });

  test('where LISTEN is taken and nothing delivered', async () => {
    await using two = await openTwo('is deaf');
    const { id: session } = await createSession(two.one, await createAccount(two.one));
    for (let look = 0; look < 20; look += 1) assert.equal(await isLive(two.one, { id: session }), true);
    assert.equal(await isKept(two, session), false);
    await two.other.sessions.end(session, { now: NOW, reason: 'signed_out' });
    assert.equal(await isLive(two.one, { id: session }), false);
  });
});
