import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Storage } from '../../src/core/storage.ts';
import { createAccount, failAttempt } from '../../src/storage/conformance/fixture.ts';
import { DatabaseTooNew, MigrationsPending } from '../../src/storage/errors.ts';
import { openStorage } from '../../src/storage/index.ts';
import { openSqlite } from '../../src/storage/sql/engines/sqlite/index.ts';
import { migrate } from '../../src/storage/sql/migrations/index.ts';
import { temporaryDirectory } from './sqlite-database.ts';

/**
 * What a migration must do to data of the version before: `before` fills a database that has all migrations up to
 * this one, `after` looks at what became of it. The first migration meets no data.
 */
interface Upgrade {
  readonly before: (database: DatabaseSync) => void;
  readonly after: (storage: Storage) => Promise<void>;
}
const upgrades: Record<string, Upgrade> = {
  '0002-access-tokens': {
    before(database) {
      database.exec(`
        insert into accounts (id, email, email_key, is_superuser, is_staff, created_at, activated_at)
          values ('one', 'one@example.com', 'one@example.com', 0, 0, 1, 1);
        insert into sessions (id, account_id, contract, epoch, created_at, expires_at)
          values ('before', 'one', 'fabric', 0, 1, 1000);
        insert into challenges (account_id, purpose, id, channel, target, address, form, secret_digest, epoch, tries,
          created_at, expires_at)
          values ('one', 'sign_up', 'sent', 'email', 'one@example.com', 'one@example.com', 'link', x'0102', 0, 0, 1, 1000);
      `);
    },
    async after({ accounts, challenges, sessions, accessTokens }) {
      assert.equal((await sessions.findLive('before', 2))?.account.id, 'one');
      assert.equal((await challenges.findByLink('sign_up', Buffer.from([1, 2])))?.id, 'sent');
      // One account and its sessions, with the new kind of token.
      const account = await accounts.findById('one');
      assert.ok(account);
      const access = { digest: Buffer.from([3]), expiresAt: 900 };
      const session = {
        id: 'after',
        accountId: 'one',
        contract: 'notes',
        epoch: 0,
        createdAt: 1,
        expiresAt: 1000,
        authenticatedAt: 1,
        methods: ['pwd'],
      };
      assert.equal(await sessions.create({ ...session, access }), true);
      assert.equal((await accessTokens.findSession(access.digest, 2))?.session.id, 'after');
      assert.equal(await accounts.delete('one'), true);
      assert.equal(await accessTokens.findSession(access.digest, 2), undefined);
    },
  },
  '0003-totp': {
    before(database) {
      database.exec(`
        insert into accounts (id, is_superuser, is_staff, created_at) values ('a-1', 0, 0, 1);
        insert into sessions (id, account_id, contract, epoch, created_at, expires_at)
          values ('s-1', 'a-1', 'fabric', 0, 1, 100);
      `);
    },
    async after(storage) {
      const live = await storage.sessions.findLive('s-1', 2);
      assert.deepEqual([live?.wrongCodes, live?.totp], [0, undefined]);
    },
  },
  // Nothing on SQLite.
  '0004-rate-limits': { before: () => {}, after: (storage) => storage.ping() },
  '0005-announced-changes': { before: () => {}, after: (storage) => storage.ping() },
  '0011-account-counts': {
    before(database) {
      database.exec(`
        insert into accounts (id, is_superuser, is_staff, created_at, activated_at)
          values ('pending', 0, 0, 1, null), ('one', 0, 0, 1, 1), ('two', 0, 0, 1, 1)`);
    },
    async after(storage) {
      assert.equal(await storage.accounts.count(), 3);
      await storage.accounts.delete('one');
      assert.equal(await storage.accounts.count(), 2);
      await createAccount(storage);
      assert.equal(await storage.accounts.count(), 3);
      const page = await storage.accounts.list({ skip: 1, limit: 5 });
      assert.deepEqual(
        page.map(({ id }) => id),
        ['two', 'pending'],
      );
    },
  },
  '0006-purge-indexes': {
    before(database) {
      database.exec(`
        insert into accounts (id, is_superuser, is_staff, created_at) values ('pending', 0, 0, 1);
        insert into accounts (id, is_superuser, is_staff, created_at, activated_at) values ('active', 0, 0, 1, 1);
        insert into sessions (id, account_id, contract, epoch, created_at, expires_at, ended_at)
          values ('ended', 'active', 'fabric', 0, 1, 1000, 5), ('living', 'active', 'fabric', 0, 1, 1000, null);
      `);
    },
    async after({ accounts, sessions }) {
      assert.equal(await accounts.purgePending(10, 100), 1);
      assert.equal(await sessions.purge(10, 100), 1);
      assert.deepEqual(
        (await sessions.list('active')).map(({ id }) => id),
        ['living'],
      );
    },
  },
  '0007-reserved-attempts': {
    before(database) {
      database.exec(`
        insert into lockouts (subject, failures, total, locked_until, touched_at)
          values ('locked', 5, 5, 1000, 1), ('over', 5, 10, 1, 1), ('counting', 4, 4, null, 1);
      `);
    },
    async after(storage) {
      const policy = { failures: 5, lockMs: 1_000, disableAfter: 100, reservationMs: 100 };
      assert.deepEqual(await storage.lockouts.lockOf('locked', policy, 10), { until: 1000 });
      const totals: unknown[] = [];
      for (const subject of ['locked', 'over', 'over', 'counting', 'counting']) {
        totals.push(await failAttempt(storage, subject, policy, 10));
      }
      assert.deepEqual(totals, [undefined, 11, 12, 5, undefined]);
    },
  },
  '0008-challenge-forms': {
    before(database) {
      database.exec(`
        insert into accounts (id, is_superuser, is_staff, created_at, activated_at) values ('one', 0, 0, 1, 1);
        insert into challenges (account_id, purpose, id, channel, target, address, form, secret_digest, epoch, tries,
          created_at, expires_at)
          values ('one', 'sign_in', 'code', 'email', 'one@example.com', 'One@example.com', 'code', x'01', 0, 2, 1, 1000),
            ('one', 'password_recovery', 'link', 'email', 'one@example.com', 'One@example.com', 'link', x'02', 0, 0, 1, 1000);
      `);
    },
    async after({ accounts, challenges }) {
      const [code] = await challenges.findByTarget('sign_in', 'one@example.com');
      assert.deepEqual(
        { ...code, secretDigest: [...(code?.secretDigest ?? [])] },
        {
          ...{
            id: 'code',
            accountId: 'one',
            ownerKey: 'one',
            purpose: 'sign_in',
            channel: 'email',
            form: 'code',
          },
          ...{ target: 'one@example.com', address: 'One@example.com', secretDigest: [1], epoch: 0, tries: 2 },
          ...{ createdAt: 1, expiresAt: 1000, consumedAt: null },
        },
      );
      assert.equal(await challenges.consume('link', 2), true);
      assert.equal(await accounts.delete('one'), true);
      assert.deepEqual(await challenges.findByTarget('sign_in', 'one@example.com'), []);
    },
  },
  '0009-identity': {
    before(database) {
      const proofs = { never: 'null, null', mail: '5, null', phone: 'null, 6', both: '8, 7' };
      for (const [id, verified] of Object.entries(proofs)) {
        database.exec(`insert into accounts (id, is_superuser, is_staff, created_at, activated_at, email_verified_at,
          phone_verified_at) values ('${id}', 0, 0, 1, 1, ${verified})`);
      }
      database.exec(`insert into accounts (id, email, email_key, username, username_key, is_superuser, is_staff, created_at)
        values ('pending', 'A@example.com', 'a@example.com', 'ada', 'ada', 0, 0, 1)`);
    },
    async after({ accounts }) {
      const firstProofs = { never: null, mail: 5, phone: 6, both: 7 };
      for (const [id, at] of Object.entries(firstProofs)) {
        assert.equal((await accounts.findById(id))?.firstProvedAt, at);
      }
      const address = { kind: 'email', value: 'a@example.com', key: 'a@example.com' } as const;
      const origin = { contract: '', network: '', isContested: false };
      const pending = { accountId: 'pending', address: null, ...origin };
      assert.deepEqual(await accounts.findPending(address), pending);
      assert.equal((await accounts.deletePending({ email: address })).length, 1);
    },
  },
  '0010-delivery-order': {
    before(database) {
      database.exec(`
        insert into outbox (id, channel, state, sealed, created_at, expires_at, next_attempt_at)
          values ('first', 'email', 'pending', x'01', 1, 1000, 1), ('second', 'email', 'pending', x'02', 1, 1000, 1);
        insert into outbox (id, channel, state, sealed, created_at, expires_at, next_attempt_at, claimed_until)
          values ('claimed', 'email', 'pending', x'03', 1, 1000, 1, 500);
      `);
    },
    async after({ outbox }) {
      const claim = { owner: 'worker', leaseUntil: 900, limit: 10 };
      const idsAt = async (now: number) =>
        (await outbox.claim({ ...claim, now })).map(({ id, isDead }) => [id, isDead]);
      assert.deepEqual(await idsAt(2), [
        ['first', false],
        ['second', false],
      ]);
      assert.deepEqual(await idsAt(500), [['claimed', false]]);
    },
  },
  // A database of the version before takes the secret of the first process that starts on it.
  '0012-secret-fingerprint': {
    before: () => {},
    async after({ secretFingerprint }) {
      assert.equal(await secretFingerprint.find(), undefined);
      assert.equal(await secretFingerprint.record('first', 1), true);
    },
  },
  '0013-actors': {
    before(database) {
      database.exec(`
        insert into accounts (id, is_superuser, is_staff, created_at, activated_at) values ('one', 0, 0, 1, 1);
        insert into sessions (id, account_id, contract, epoch, created_at, expires_at)
          values ('before', 'one', 'fabric', 0, 1, 1000);
        insert into audit_events (at, type, account_id, door, detail)
          values (1, 'account_updated', 'one', 'vibemobi', '{"by":"other"}');
      `);
    },
    async after({ audit, sessions }) {
      const [event] = await audit.list({ accountId: 'one', type: 'account_updated', since: 1, limit: 1 });
      const detail = { by: 'other' };
      assert.deepEqual(event, { at: 1, type: 'account_updated', accountId: 'one', door: 'vibemobi', detail });
      const [session] = await sessions.list('one');
      assert.deepEqual([session?.id, session?.address, session?.userAgent], ['before', null, null]);
    },
  },
  '0014-authentication-methods': {
    before(database) {
      database.exec(`
        insert into accounts (id, is_superuser, is_staff, created_at, activated_at) values ('one', 0, 0, 1, 1);
        insert into sessions (id, account_id, contract, epoch, created_at, expires_at)
          values ('before', 'one', 'fabric', 0, 1, 1000);
      `);
    },
    async after({ sessions }) {
      assert.equal((await sessions.findLive('before', 2))?.session.id, 'before');
      const [session] = await sessions.list('one');
      assert.deepEqual([session?.authenticatedAt, session?.methods], [null, null]);
    },
  },
};

const at = (path: string) => ({ engine: 'sqlite', path }) as const;

/** The names of all migrations, in the order in which they run. */
async function allMigrations(): Promise<readonly string[]> {
  await using directory = await temporaryDirectory();
  const { storage, migrated } = await openStorage(at(directory.database), { migrations: 'run' });
  await storage.close();
  return migrated;
}

/** As SQLite keeps it, tables first, each followed by its indexes. */
function schemaOf(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database
    .prepare(
      `select sql from sqlite_schema where sql is not null and tbl_name not like 'kysely%' and name not like 'sqlite%'
       order by tbl_name, type desc, name`,
    )
    .all();
  database.close();
  const statements = rows.map(({ sql }) => {
    const columns = String(sql).replaceAll(/, (?="\w+" [a-z]|constraint)/g, ',\n  ');
    return `${columns.replace(/^(CREATE TABLE "\w+" )\((.*)\)$/s, '$1(\n  $2\n)')};`;
  });
  return `${statements.join('\n\n')}\n`;
}

test('the schema is the one that stands beside this test', async (t) => {
  // After a new migration: node --test --test-update-snapshots test/storage/migrations.test.ts
  await using directory = await temporaryDirectory();
  const { storage } = await openStorage(at(directory.database), { migrations: 'run' });
  await storage.close();
  const snapshot = fileURLToPath(new URL('schema.sqlite.sql', import.meta.url));
  t.assert.fileSnapshot(schemaOf(directory.database), snapshot, { serializers: [String] });
});

test('migrations are numbered without a gap', async () => {
  const numbers = (await allMigrations()).map((name) => /^\d{4}(?=-[a-z-]+$)/.exec(name)?.[0]);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => String(index + 1).padStart(4, '0')),
  );
});

test('every migration but the first is tested with data of the version before', async () => {
  const [, ...later] = await allMigrations();
  assert.deepEqual(Object.keys(upgrades).toSorted(), later.toSorted());
});

for (const [name, { before, after }] of Object.entries(upgrades)) {
  test(`${name} keeps what the version before has left`, async () => {
    await using directory = await temporaryDirectory();
    const all = await allMigrations();
    const engine = openSqlite(directory.database);
    await migrate(engine, all[all.indexOf(name) - 1]);
    await engine.close();
    const database = new DatabaseSync(directory.database);
    before(database);
    database.close();
    const { storage, migrated } = await openStorage(at(directory.database), { migrations: 'run' });
    assert.deepEqual(migrated, all.slice(all.indexOf(name)));
    await after(storage);
    await storage.close();
  });
}

test('a database that is up to date is not migrated again', async () => {
  await using directory = await temporaryDirectory();
  const first = await openStorage(at(directory.database), { migrations: 'run' });
  const account = await createAccount(first.storage);
  await first.storage.close();
  for (const migrations of ['run', 'refuse'] as const) {
    const { storage, migrated } = await openStorage(at(directory.database), { migrations });
    assert.deepEqual(migrated, []);
    assert.deepEqual(await storage.accounts.findById(account.id), account);
    await storage.close();
  }
});

test('whoever refuses to migrate is told which migrations are pending, and nothing is changed', async () => {
  await using directory = await temporaryDirectory();
  const all = await allMigrations();
  const refused = openStorage(at(directory.database), { migrations: 'refuse' });
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof MigrationsPending);
    assert.deepEqual(error.pending, all);
    assert.match(error.message, /0001-first-accounts.*latchkey migrate/);
    return true;
  });
  const { size } = await stat(directory.database);
  if (size > 0) assert.equal(schemaOf(directory.database).trim(), '');
  const { storage, migrated } = await openStorage(at(directory.database), { migrations: 'run' });
  await storage.close();
  assert.deepEqual(migrated, all);
});

// SEC-094
for (const migrations of ['run', 'refuse'] as const) {
  test(`a database of a newer version is left alone by whoever would ${migrations} migrations`, async () => {
    await using directory = await temporaryDirectory();
    const { storage } = await openStorage(at(directory.database), { migrations: 'run' });
    await storage.close();
    const newer = new DatabaseSync(directory.database);
    newer.exec(`insert into kysely_migration values ('9999-from-the-future', '2030-01-01T00:00:00.000Z')`);
    newer.close();
    await assert.rejects(openStorage(at(directory.database), { migrations }), (error) => {
      assert.ok(error instanceof DatabaseTooNew);
      assert.deepEqual(error.unknown, ['9999-from-the-future']);
      assert.match(error.message, /newer version.*9999-from-the-future/);
      return true;
    });
  });
}
