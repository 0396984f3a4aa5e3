import assert from 'node:assert/strict';
import { chmod, chown, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { Client } from 'pg';
import type { Account } from '../../src/core/account/index.ts';
import { AuthError } from '../../src/core/errors.ts';
import type { Storage } from '../../src/core/storage.ts';
import {
  createAccount,
  createSession,
  email,
  isLive,
  NOW,
  newChallenge,
  newEntry,
  newSession,
} from '../../src/storage/conformance/fixture.ts';
import { DatabaseTooNew, DatabaseUnusable, MigrationsPending } from '../../src/storage/errors.ts';
import { copyBetween, openStorage, type PostgresLocation, startNewEpochIn } from '../../src/storage/index.ts';
import { connectPostgres, openPostgres } from '../../src/storage/sql/engines/postgres/index.ts';
import { migrate } from '../../src/storage/sql/migrations/index.ts';
import { sqlStorage } from '../../src/storage/sql/sql-storage.ts';
import { operator } from '../support/operator.ts';
import { administer, createDatabase, locationOf } from '../support/postgres/databases.ts';
import { type CommitFate, startProxy } from '../support/postgres/proxy.ts';
import { startPostgres } from '../support/postgres/server.ts';
import { startChild } from './child-process.ts';

const PATIENT = { pool: 4, connectTimeoutMs: 20_000, statementTimeoutMs: 20_000 };

/** A migrated database, its engine, and a session beside it that is none of ours. */
async function openEngine(limits: Partial<typeof PATIENT> = {}, change: Partial<PostgresLocation> = {}) {
  const database = await createDatabase();
  const engine = openPostgres({ ...database.location, ...change }, { ...PATIENT, ...limits });
  const storage = sqlStorage(engine);
  const other = new Client({ connectionString: database.url });
  await other.connect();
  return {
    ...database,
    engine,
    storage,
    other,
    async [Symbol.asyncDispose]() {
      await other.end();
      await storage.close().catch(() => {});
      await database[Symbol.asyncDispose]();
    },
  };
}

const isUnavailable = (error: unknown): boolean => {
  assert.ok(error instanceof AuthError, String(error));
  assert.equal(error.code, 'storage_unavailable');
  assert.ok((error.facts.retryAfterMs ?? 0) > 0);
  return true;
};

const saying = (reason: RegExp) => (error: unknown) => {
  isUnavailable(error);
  assert.match(String(error), reason);
  return true;
};

describe('a commit whose answer is lost', () => {
  /** Runs one transaction that meets its fate, and tells how often it was run and what is there afterwards. */
  async function runThrough(fate: CommitFate) {
    const database = await createDatabase();
    await using proxy = await startProxy(database.location.port);
    const engine = openPostgres({ ...database.location, port: proxy.port }, { ...PATIENT, pool: 1 });
    const storage = sqlStorage(engine);
    let runs = 0;
    proxy.commit = fate;
    const outcome = await storage
      .transaction(async (stores) => {
        runs += 1;
        return (await createAccount(stores)).id;
      })
      .catch((error: unknown) => error);
    const rows = await administer(database.url, 'select id from accounts');
    await storage.close();
    await database[Symbol.asyncDispose]();
    return { outcome, runs, ids: rows.map((row) => (row as { id: string }).id) };
  }

  test('is a success if the server has done it, which is not done again', async () => {
    const { outcome, runs, ids } = await runThrough('is done in silence');
    assert.equal(runs, 1);
    assert.deepEqual(ids, [outcome]);
  });

  test('is run again if the server has not', async () => {
    const { outcome, runs, ids } = await runThrough('is lost');
    assert.equal(runs, 2);
    assert.deepEqual(ids, [outcome]);
  });

  test('is a refusal if nobody can say, and is not run again', async () => {
    const { outcome, runs, ids } = await runThrough('is done and the server gone');
    saying(/nobody can say whether the commit was done/)(outcome);
    assert.deepEqual([runs, ids.length], [1, 1]);
  });

  test('is a refusal if another server has taken the place, whose ids are other transactions', async () => {
    const database = await createDatabase();
    await using promoted = await startPostgres();
    await using proxy = await startProxy(database.location.port);
    const engine = openPostgres({ ...database.location, port: proxy.port }, { ...PATIENT, pool: 1 });
    const storage = sqlStorage(engine);
    await administer(promoted.url('postgres'), `create database ${new URL(database.url).pathname.slice(1)}`);
    const transaction = storage.transaction(async (stores) => {
      const [newest] = await administer(database.url, 'select pg_current_xact_id()::text as id');
      await spendIds(promoted.url('postgres'), (newest as { id: string }).id);
      proxy.target = promoted.port;
      proxy.commit = 'is lost';
      return createAccount(stores);
    });
    await assert.rejects(transaction, saying(/nobody can say whether the commit was done/));
    await storage.close();
    await database[Symbol.asyncDispose]();
  });
});

/** Commits transactions until one has this id, or a later one. */
async function spendIds(url: string, last: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const block = `do $$ begin
    while pg_current_xact_id()::text::bigint <= ${last} loop commit; end loop;
  end $$`;
  await client.query(block);
  await client.end();
}

describe('what a transaction does wrong', () => {
  test('a failure that was overlooked is told at the commit, and nothing stays', async () => {
    await using database = await openEngine();
    const overlooked = database.engine.transaction(async (transaction) => {
      await sql`insert into quotas values ('key', 1, 1)`.execute(transaction);
      await sql`select 1 / 0`.execute(transaction).catch(() => {});
    });
    await assert.rejects(overlooked, /had failed before its commit/);
    const { rows } = await database.other.query('select * from quotas');
    assert.deepEqual(rows, []);
  });

  test('a text with U+0000 is refused before the server sees it', async () => {
    await using database = await openEngine();
    const { id } = await createAccount(database.storage);
    await database.storage.transaction(async (stores) => {
      await assert.rejects(stores.accounts.updateProfile(id, { bio: 'a\0b' }), /U\+0000/);
      await stores.accounts.updateProfile(id, { bio: 'the transaction goes on' });
    });
    assert.equal((await database.storage.accounts.findById(id))?.bio, 'the transaction goes on');
  });
});

describe('beside an event that is not committed yet', () => {
  /** Starts `work` while another session has run `event`, commits that once `work` waits for it, answers what `work` did. */
  async function beside<T>(
    event: string,
    work: (storage: Storage, account: Account) => Promise<T>,
  ): Promise<T> {
    await using database = await openEngine();
    const account = await createAccount(database.storage, { email: email('old@example.com') });
    await database.storage.challenges.put(newChallenge(account, { id: 'challenge' }));
    await database.other.query(`begin; ${event}`);
    let isOver = false;
    const working = work(database.storage, account).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      const [waiting] = await administer(
        database.url,
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      if (waiting !== undefined) break;
    }
    await database.other.query('commit');
    return working;
  }

  const epochAdvances = 'update accounts set epoch = epoch + 1';

  test('that ends sessions, a session waits to begin, and does not', async () => {
    const begun = await beside(epochAdvances, (storage, account) =>
      storage.sessions.create(newSession(account)),
    );
    assert.equal(begun, false);
  });

  test('that kills codes, a code waits to be spent, and is not', async () => {
    const spent = await beside(epochAdvances, (storage) => storage.challenges.consume('challenge', NOW));
    assert.equal(spent, false);
  });

  // SEC-061
  test('that gives up an address, a transaction waits to look it up, and finds nobody', async () => {
    const moves = `update accounts set email = 'new@example.com', email_key = 'new@example.com'`;
    const found = await beside(moves, (storage) =>
      storage.transaction(({ accounts }) => accounts.findByIdentifier(email('old@example.com'))),
    );
    assert.equal(found, undefined);
  });

  test('that claims a message, a claim waits, and takes no other message of its recipient', async () => {
    const claims = `select pg_advisory_xact_lock(hashtextextended('outbox: claim', 0));
      insert into outbox (id, channel, state, recipient, created_at, expires_at, next_attempt_at, claimed_until)
        values ('claimed', 'email', 'pending', 'alice', ${NOW}, ${NOW + 9}, ${NOW}, ${NOW + 9})`;
    const taken = await beside(claims, async ({ outbox }) => {
      await outbox.add(newEntry({ recipient: 'alice' }));
      return outbox.claim({ owner: 'worker', now: NOW, leaseUntil: NOW + 9, limit: 10 });
    });
    assert.deepEqual(taken, []);
  });
});

describe('waiting comes to an end', () => {
  test('for a connection of a pool that is used up', async () => {
    await using database = await openEngine({ pool: 1, connectTimeoutMs: 100 });
    const go = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const holding = database.storage.transaction(async () => {
      started.resolve();
      await go.promise;
    });
    await started.promise;
    await assert.rejects(database.storage.accounts.count(), saying(/no connection to PostgreSQL at 127/));
    go.resolve();
    await holding;
    assert.equal(await database.storage.accounts.count(), 0);
  });

  test('for a lock that somebody else holds', async () => {
    await using database = await openEngine({ statementTimeoutMs: 100 });
    const account = await createAccount(database.storage);
    await database.other.query('begin; lock table accounts');
    await assert.rejects(database.storage.accounts.findById(account.id), saying(/statement timeout/));
    await assert.rejects(database.storage.transaction(createAccount), saying(/statement timeout/));
    await database.other.query('commit');
    assert.deepEqual(await database.storage.accounts.findById(account.id), account);
    assert.equal(await database.storage.accounts.count(), 1);
  });

  test('for a session that the server ended', async () => {
    await using database = await openEngine({ pool: 2 });
    const account = await createAccount(database.storage);
    const ending = database.storage.transaction(async (stores) => {
      await stores.accounts.updateProfile(account.id, { bio: 'never seen' });
      await database.other.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'latchkey' and datname = current_database()`,
      );
      await stores.accounts.updateProfile(account.id, { bio: 'never seen either' });
    });
    await assert.rejects(ending, isUnavailable);
    // Sessions that sat idle in the pool are gone, too; nobody has to be told twice.
    for (let tries = 0; tries < 3; tries += 1) await database.storage.accounts.count().catch(isUnavailable);
    assert.deepEqual(await database.storage.accounts.findById(account.id), account);
  });
});

describe('a server that takes no writes', () => {
  test('is unhealthy, refuses writes whole, and goes on to answer reads', async () => {
    await using database = await openEngine();
    const account = await createAccount(database.storage);
    await administer(
      database.url,
      `alter database ${database.location.name} set default_transaction_read_only = on`,
    );
    const readOnly = openPostgres(database.location, PATIENT);
    const storage = sqlStorage(readOnly);
    assert.deepEqual(await storage.accounts.findById(account.id), account);
    await assert.rejects(storage.ping(), saying(/read-only/));
    await assert.rejects(createAccount(storage), saying(/read-only/));
    await assert.rejects(storage.transaction(createAccount), saying(/read-only/));
    await storage.close();
    assert.equal(await database.storage.accounts.count(), 1);
  });
});

test('a standby is refused, even for reads: what it shows may be out of date', async () => {
  await using primary = await startPostgres();
  await primary.stop();
  await using standby = await startPostgres(
    `copy-of=${join(primary.directory, 'data')}`,
    `primary_conninfo=host=127.0.0.1 port=${primary.port} user=latchkey`,
  );
  const location = locationOf(standby.url('postgres'));
  await assert.rejects(
    openStorage(location, { migrations: 'run' }),
    saying(/it is a standby.*name its primary/),
  );
  const storage = sqlStorage(openPostgres(location, PATIENT));
  await assert.rejects(storage.accounts.count(), saying(/it is a standby/));
  await storage.close();
});

describe('what cannot be opened says why', () => {
  const open = (location: PostgresLocation) =>
    openStorage(location, { migrations: 'run' }).then(
      () => assert.fail('it was opened'),
      (error: unknown) => error,
    );

  test('nobody listens there, the name leads nowhere, the database is not there', async () => {
    await using database = await createDatabase({ isEmpty: true });
    const { location } = database;
    saying(/no connection to PostgreSQL at 127\.0\.0\.1:9: .*ECONNREFUSED/)(
      await open({ ...location, port: 9 }),
    );
    saying(/at nowhere\.invalid:\d+: .*nowhere\.invalid/)(
      await open({ ...location, host: 'nowhere.invalid' }),
    );
    saying(/database "missing" does not exist/)(await open({ ...location, name: 'missing' }));
    saying(/role "stranger" does not exist/)(await open({ ...location, user: 'stranger' }));
    saying(/does not support SSL/)(await open({ ...location, tls: { mode: 'require' } }));
  });

  test('a role that may not make tables', async () => {
    await using database = await createDatabase({ isEmpty: true });
    const role = `poor_${database.location.name}`;
    await administer(database.url, `create role ${role} login`);
    saying(/permission denied/)(await open({ ...database.location, user: role }));
    await administer(database.url, `drop role ${role}`);
  });

  test('migrations are pending, and nothing is changed', async () => {
    await using database = await createDatabase({ isEmpty: true });
    const refused = openStorage(database.location, { migrations: 'refuse' });
    await assert.rejects(refused, MigrationsPending);
    assert.deepEqual(await administer(database.url, `select from pg_tables where schemaname = 'public'`), []);
  });

  // SEC-094
  test('the database is of a newer version', async () => {
    await using database = await createDatabase();
    await administer(
      database.url,
      `insert into kysely_migration values ('9999-from-the-future', '2030-01-01T00:00:00.000Z')`,
    );
    for (const migrations of ['run', 'refuse'] as const) {
      await assert.rejects(openStorage(database.location, { migrations }), DatabaseTooNew);
    }
  });
});

test('the accounts of a version that kept no count are counted by the migration', async () => {
  await using database = await createDatabase({ isEmpty: true });
  const engine = openPostgres(database.location);
  await migrate(engine, '0006-purge-indexes');
  await engine.close();
  const insert = `insert into accounts (id, is_superuser, is_staff, created_at) values ('one', 0, 0, 1), ('two', 0, 0, 1)`;
  await administer(database.url, insert);
  const { storage } = await openStorage(database.location, { migrations: 'run' });
  const counts = [await storage.accounts.count()];
  await createAccount(storage);
  counts.push(await storage.accounts.count());
  await storage.close();
  assert.deepEqual(counts, [2, 3]);
});

describe('TLS', () => {
  const files = join(import.meta.dirname, '../support/postgres/tls');

  /** Speaks TLS, and lets each role in by one way alone. */
  async function startWithTls() {
    const directory = await mkdtemp(join(tmpdir(), 'latchkey-tls-'));
    const ways = [
      'host all latchkey all trust',
      'hostssl all encrypted all trust',
      'host all scram all scram-sha-256',
      'host all cleartext all password',
      'host all hashed all md5',
    ];
    await writeFile(join(directory, 'hba'), `${ways.join('\n')}\n`);
    for (const name of ['server.crt', 'server.key']) await copyFile(join(files, name), join(directory, name));
    for (const name of ['hba', 'server.crt', 'server.key']) {
      const path = join(directory, name);
      await chmod(path, 0o600);
      // The user that the server runs as, when these tests run as root.
      if (process.getuid?.() === 0) await chown(path, 65_534, 65_534);
    }
    await chmod(directory, 0o755);
    const server = await startPostgres(
      'ssl=on',
      `ssl_cert_file=${directory}/server.crt`,
      `ssl_key_file=${directory}/server.key`,
      `hba_file=${directory}/hba`,
    );
    await administer(
      server.url('postgres'),
      'create role encrypted login',
      `create role scram login password 'secret'`,
      `create role cleartext login password 'secret'`,
      `set password_encryption = 'md5'`,
      `create role hashed login password 'secret'`,
    );
    const location = locationOf(server.url('postgres'));
    return {
      server,
      /** Of a connection as the URL with these changes would have it. */
      async isEncrypted(change: Partial<PostgresLocation>): Promise<boolean | undefined> {
        const engine = await connectPostgres({ ...location, ...change }, PATIENT);
        try {
          const asked = sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
          return (await asked.execute(engine.read)).rows[0]?.ssl;
        } finally {
          await engine.close();
        }
      },
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await rm(directory, { recursive: true });
      },
    };
  }

  test('is used as the URL says: not, with any server, with one of an authority, or with the one that was meant', async () => {
    await using started = await startWithTls();
    const { isEncrypted } = started;
    const ca = await readFile(join(files, 'server.crt'), 'utf8');
    const other = await readFile(join(files, 'other.crt'), 'utf8');
    const full = (authority: string | undefined) => ({ mode: 'verify-full', ca: authority }) as const;
    assert.equal(await isEncrypted({}), false);
    assert.equal(await isEncrypted({ tls: { mode: 'require' } }), true);
    assert.equal(await isEncrypted({ tls: { mode: 'verify-ca', ca } }), true);
    assert.equal(await isEncrypted({ host: 'localhost', tls: full(ca) }), true);
    // Right authority, wrong name; right name, wrong authority; an authority that nobody knows.
    await assert.rejects(isEncrypted({ tls: full(ca) }), saying(/127\.0\.0\.1/));
    await assert.rejects(isEncrypted({ host: 'localhost', tls: full(other) }), saying(/certificate/));
    await assert.rejects(isEncrypted({ host: 'localhost', tls: full(undefined) }), saying(/certificate/));
    await assert.rejects(isEncrypted({ tls: { mode: 'verify-ca', ca: other } }), saying(/certificate/));
  });

  test('is left to the server by prefer and allow, each with its own first choice', async () => {
    await using started = await startWithTls();
    const { isEncrypted } = started;
    const [prefer, allow] = [{ mode: 'prefer' }, { mode: 'allow' }] as const;
    assert.equal(await isEncrypted({ tls: prefer }), true);
    assert.equal(await isEncrypted({ tls: allow }), false);
    assert.equal(await isEncrypted({ tls: allow, user: 'encrypted' }), true);
    await using database = await createDatabase();
    const plain = await connectPostgres({ ...database.location, tls: prefer }, PATIENT);
    await plain.close();
    await assert.rejects(isEncrypted({ tls: prefer, user: 'stranger' }), saying(/stranger/));
  });

  test('with channel_binding=require binds the authentication, and no other is accepted', async () => {
    await using started = await startWithTls();
    const bound = { tls: { mode: 'require' }, channelBinding: 'require', password: 'secret' } as const;
    assert.equal(await started.isEncrypted({ ...bound, user: 'scram' }), true);
    for (const user of ['latchkey', 'cleartext', 'hashed']) {
      await assert.rejects(started.isEncrypted({ ...bound, user }), saying(/channel_binding=require/));
    }
    await assert.rejects(started.isEncrypted({ ...bound, user: 'scram', password: 'x' }), saying(/password/));
    // In clear a server offers no binding.
    const inClear = { ...bound, user: 'scram', tls: { mode: 'disable' } } as const;
    await assert.rejects(started.isEncrypted(inClear), saying(/channel_binding=require/));
  });
});

test('the name in the URL is shown to the administrator, and sessions are known as ours all the same', async () => {
  await using database = await openEngine({}, { applicationName: 'auth 1' });
  const { rows } = await sql<{ name: string }>`select current_setting('application_name') as name`.execute(
    database.engine.read,
  );
  assert.equal(rows[0]?.name, 'latchkey auth 1');
  const other = openPostgres(database.location, PATIENT);
  assert.equal(await other.bulk.isUsedByOthers(), true);
  await other.close();
});

describe('an encoding other than UTF8', () => {
  test('is refused before anything is done: opening, copying from and to it, a new epoch', async () => {
    for (const encoding of ['LATIN1', 'SQL_ASCII']) {
      await using utf8 = await createDatabase();
      const name = `${utf8.location.name}_${encoding.toLowerCase()}`;
      await administer(
        utf8.url,
        `create database ${name} encoding '${encoding}' locale 'C' template template0`,
      );
      const location = { ...utf8.location, name };
      const refused = (error: unknown) => {
        assert.ok(error instanceof DatabaseUnusable, String(error));
        assert.match(
          error.problem,
          new RegExp(`${name} has the encoding ${encoding}, and Latchkey needs UTF8`),
        );
        assert.match(error.fix, /create database <name> encoding 'UTF8'/);
        return true;
      };
      for (const migrations of ['run', 'refuse'] as const) {
        await assert.rejects(openStorage(location, { migrations }), refused);
      }
      await assert.rejects(copyBetween(utf8.location, location), refused);
      await assert.rejects(copyBetween(location, utf8.location), refused);
      const start = { now: NOW, newestTotpStep: 1, actor: operator };
      await assert.rejects(startNewEpochIn(location, start), refused);
      const url = utf8.url.replace(/\/[^/]*$/, `/${name}`);
      assert.deepEqual(await administer(url, `select from pg_tables where schemaname = 'public'`), []);
      await administer(utf8.url, `drop database ${name} with (force)`);
    }
  });
});

describe('the schema', () => {
  test('compares every text byte by byte', async () => {
    await using database = await createDatabase();
    const columns = await administer(
      database.url,
      `select table_name, column_name from information_schema.columns where table_schema = 'public'
       and data_type = 'text' and collation_name is distinct from 'C' and table_name not like 'kysely%'`,
    );
    assert.deepEqual(columns, []);
  });

  // SEC-094
  test('may get more columns while this program runs', async () => {
    await using database = await openEngine({ pool: 1 });
    const account = await createAccount(database.storage, { email: email('a@example.com') });
    const session = await createSession(database.storage, account);
    assert.equal(await isLive(database.storage, session), true);
    await database.storage.accounts.findByIdentifier(email('a@example.com'));
    await database.other.query(`alter table accounts add column added text default 'new'`);
    await database.other.query(`alter table sessions add column added text default 'new'`);
    assert.deepEqual(await database.storage.accounts.findByIdentifier(email('a@example.com')), account);
    assert.equal(await isLive(database.storage, session), true);
  });
});

test('the queries that every request makes are prepared by name, once for each connection', async () => {
  await using database = await openEngine({ pool: 1 });
  // Of what is not there nothing is kept.
  for (let read = 0; read < 5; read += 1) await isLive(database.storage, { id: `nobody ${read}` });
  const { rows } = await sql<{ name: string; statement: string; runs: number }>`
    select name, statement, generic_plans + custom_plans as runs from pg_prepared_statements`.execute(
    database.engine.read,
  );
  const named = rows.filter(({ statement }) => /^select "sessions"/.test(statement));
  assert.deepEqual(
    named.map(({ runs }) => runs),
    [5],
  );
});

test('a closed database refuses every call', async () => {
  await using database = await openEngine();
  await createAccount(database.storage);
  await database.storage.close();
  const closed = /closed|destroyed|after calling end/;
  await assert.rejects(database.storage.accounts.count(), closed);
  await assert.rejects(database.storage.sessions.findLive('id', NOW), closed);
  await assert.rejects(database.storage.transaction(createAccount), closed);
  await assert.rejects(database.storage.ping(), closed);
});

describe('several processes', () => {
  // SEC-009, SEC-094
  test('that write at once lose nothing', async () => {
    await using database = await openEngine();
    const shared = await createAccount(database.storage);
    const children = [1, 2].map(() => startChild('writing-child.ts', [database.url, '60', shared.id]));
    for (const child of children) assert.equal(await child.line(), 'ready');
    for (const child of children) child.tell('go');
    const ended = await Promise.all(children.map((child) => child.end()));
    assert.deepEqual(
      ended.map(({ lines, code }) => [lines.length, code]),
      [
        [60, 0],
        [60, 0],
      ],
    );
    assert.equal(await database.storage.accounts.count(), 121);
    assert.equal((await database.storage.accounts.findById(shared.id))?.epoch, 120);
  });
});
