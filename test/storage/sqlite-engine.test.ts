import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { AuthError } from '../../src/core/errors.ts';
import type { Storage } from '../../src/core/storage.ts';
import { createAccount, createSession, email, isLive, NOW } from '../../src/storage/conformance/fixture.ts';
import { openStorage } from '../../src/storage/index.ts';
import { type Patience, STANDARD_PATIENCE } from '../../src/storage/sql/engines/sqlite/faults.ts';
import { openSqlite, type SqliteOptions } from '../../src/storage/sql/engines/sqlite/index.ts';
import { migrate } from '../../src/storage/sql/migrations/index.ts';
import { sqlStorage } from '../../src/storage/sql/sql-storage.ts';
import { skipWithoutPermissions } from '../support/permissions.ts';
import { commitsOf, Wiretap } from '../support/wiretap.ts';
import { startChild } from './child-process.ts';
import { temporaryDirectory } from './sqlite-database.ts';

/** Patience in a time of its own, which passes only while something waits: each pause takes 10 ms. */
function patience(limitMs: number, onPause: (now: number) => void = () => {}): Patience {
  let time = 0;
  return {
    limitMs,
    now: () => time,
    async pause() {
      // A turn of the event loop, in which whatever else has arrived may ask for its turn.
      await new Promise((turn) => setImmediate(turn));
      time += 10;
      onPause(time);
    },
  };
}
const impatient = { patience: patience(20) };

/** A migrated file, its engine, and a connection beside it that is none of ours. */
async function openEngine(options: SqliteOptions = {}) {
  const directory = await temporaryDirectory();
  const engine = openSqlite(directory.database, options);
  await migrate(engine);
  const storage = sqlStorage(engine);
  const other = new DatabaseSync(directory.database);
  return {
    path: directory.database,
    engine,
    storage,
    other,
    async [Symbol.asyncDispose]() {
      if (other.isOpen) other.close();
      await storage.close().catch(() => {});
      await directory[Symbol.asyncDispose]();
    },
  };
}

const isUnavailable = (error: unknown): boolean => {
  assert.ok(error instanceof AuthError, String(error));
  assert.equal(error.code, 'storage_unavailable');
  assert.ok((error.facts.retryAfterMs ?? 0) > 0);
  return true;
};

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.fail('nothing was thrown'),
    (error: unknown) => error,
  );

describe('how the file is opened', () => {
  // SEC-093
  test('in WAL mode, every commit synced, foreign keys enforced', async () => {
    await using database = await openEngine();
    const pragma = async (name: string) => {
      const { rows } = await sql`pragma ${sql.raw(name)}`.execute(database.engine.write);
      return Object.values(rows[0] as object)[0];
    };
    assert.equal(await pragma('journal_mode'), 'wal');
    assert.equal(await pragma('synchronous'), 2, '2 is FULL');
    assert.equal(await pragma('foreign_keys'), 1);
  });

  test('the reader cannot write', async () => {
    await using database = await openEngine();
    const write = sql`delete from accounts`.execute(database.engine.read);
    await assert.rejects(write, isUnavailable);
  });

  test('in a directory that it makes for its owner alone', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'data', 'deep', 'latchkey.db');
    const { storage } = await openStorage({ engine: 'sqlite', path }, { migrations: 'run' });
    await storage.close();
    const { mode } = await stat(dirname(path));
    assert.equal(mode & 0o777, 0o700);
  });

  test('with files of their owner alone, also in a directory that others may enter', async () => {
    await using directory = await temporaryDirectory();
    await chmod(directory.path, 0o755);
    const path = join(directory.path, 'x.db');
    const { storage } = await openStorage({ engine: 'sqlite', path }, { migrations: 'run' });
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      assert.equal((await stat(file)).mode & 0o777, 0o600, file);
    }
    await storage.close();
  });

  test('and left alone where it must exist and does not', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'data', 'x.db');
    const opening = openStorage({ engine: 'sqlite', path }, { migrations: 'run', mustExist: true });
    await assert.rejects(opening, isUnavailable);
    await assert.rejects(stat(dirname(path)), { code: 'ENOENT' });
  });

  // SEC-100
  test('after closing, everything is in the one file', async () => {
    await using database = await openEngine();
    await createAccount(database.storage);
    database.other.close();
    await database.storage.close();
    await assert.rejects(stat(`${database.path}-wal`), { code: 'ENOENT' });
    assert.ok((await readFile(database.path)).includes('example.com'));
  });
});

describe('while another connection holds the write lock', () => {
  for (const [what, write] of Object.entries({
    'a single write': ({ storage }: { storage: Storage }) => createAccount(storage),
    'a transaction': ({ storage }: { storage: Storage }) => storage.transaction(createAccount),
  })) {
    test(`${what} waits until the lock is free`, async () => {
      let waited = 0;
      const letGo = (now: number) => {
        waited = now;
        if (now === 30) database.other.exec('commit');
      };
      await using database = await openEngine({ patience: patience(50, letGo) });
      database.other.exec('begin immediate');
      const { id } = await write(database);
      assert.equal(waited, 30);
      assert.equal((await database.storage.accounts.findById(id))?.id, id);
    });

    test(`${what} is refused when the lock outlasts its patience, and has done nothing`, async () => {
      await using database = await openEngine(impatient);
      database.other.exec('begin immediate');
      await assert.rejects(write(database), isUnavailable);
      database.other.exec('commit');
      assert.equal(await database.storage.accounts.count(), 0);
      await write(database);
      assert.equal(await database.storage.accounts.count(), 1);
    });
  }

  // SEC-095
  test('of many operations none waits longer than its own patience: waits do not add up', async () => {
    const arrivals: (() => void)[] = [];
    let now = 0;
    await using database = await openEngine({
      patience: patience(100, (time) => {
        now = time;
        arrivals.shift()?.();
      }),
    });
    const { storage } = database;
    await createAccount(storage);
    database.other.exec('begin immediate');
    const waits: Promise<number>[] = [];
    const arrive = (operation: () => Promise<unknown>) => {
      const arrived = now;
      waits.push(errorOf(operation()).then((error) => (isUnavailable(error) ? now - arrived : Number.NaN)));
    };
    // Single writes and transactions in turns, one with each pause, while those before them still wait.
    for (let index = 0; index < 16; index += 1) {
      const [write, transaction] = [
        () => createAccount(storage),
        () => storage.transaction((stores) => createAccount(stores)),
      ];
      arrivals.push(() => arrive(index % 2 === 0 ? write : transaction));
    }
    arrive(() => createAccount(storage));
    while (waits.length < 17) await waits.at(-1);
    const longest = Math.max(...(await Promise.all(waits)));
    assert.ok(longest <= 110, `${longest} ms, of which the last pause may be 10`);
    database.other.exec('commit');
    await storage.transaction(createAccount);
    assert.equal(await storage.accounts.count(), 2);
  });

  test('a ping has a short patience of its own, also behind writes that wait longer', async () => {
    let now = 0;
    await using database = await openEngine({
      patience: patience(7_000, (time) => {
        now = time;
      }),
    });
    database.other.exec('begin immediate');
    const write = errorOf(createAccount(database.storage));
    for (const _ of [1, 2]) {
      const arrived = now;
      assert.ok(isUnavailable(await errorOf(database.storage.ping())));
      assert.ok(now - arrived <= 1_010, `${now - arrived} ms`);
    }
    database.other.exec('commit');
    assert.match(String(await write.catch(() => 'written')), /written|nothing was thrown/);
  });

  test('reads go on', async () => {
    await using database = await openEngine(impatient);
    const account = await createAccount(database.storage);
    const session = await createSession(database.storage, account);
    database.other.exec('begin immediate; delete from accounts');
    assert.deepEqual(await database.storage.accounts.findById(account.id), account);
    assert.equal(await isLive(database.storage, session), true);
  });

  test('a ping says that the database takes no writes', async () => {
    await using database = await openEngine(impatient);
    await database.storage.ping();
    database.other.exec('begin immediate');
    await assert.rejects(database.storage.ping(), isUnavailable);
    database.other.exec('commit');
    await database.storage.ping();
  });

  test('closing does not wait for it', async () => {
    await using database = await openEngine(impatient);
    await createAccount(database.storage);
    database.other.exec('begin immediate');
    await database.storage.close();
    database.other.exec('commit');
    const { count } = database.other.prepare('select count(*) as count from accounts').get() as {
      count: number;
    };
    assert.equal(count, 1);
  });

  // SEC-094
  test('a write waits for another process with the patience of production', async () => {
    await using database = await openEngine();
    await using child = startChild('locking-child.ts', [database.path]);
    assert.equal(await child.line(), 'locked');
    const written = createAccount(database.storage).then(() => 'written');
    // A write that did not wait would have failed or gone through by now: it is tried in the first turn.
    const first = await Promise.race([written, new Promise((turn) => setImmediate(turn, 'still waiting'))]);
    assert.equal(first, 'still waiting');
    child.tell('let go');
    assert.equal(await written, 'written');
    assert.deepEqual(await child.end(), { lines: ['released'], code: 0 });
  });
});

describe('what cannot be opened says why', () => {
  const open = (path: string) => openStorage({ engine: 'sqlite', path }, { migrations: 'run' });

  test('a directory in the place of the file', async () => {
    await using directory = await temporaryDirectory();
    const error = await errorOf(open(directory.path));
    assert.ok(isUnavailable(error));
    assert.match(String(error), /latchkey-test-\S* is a directory, not a database: move it away/);
  });

  test('a file in the place of its directory', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(directory.database, '');
    const error = await errorOf(open(join(directory.database, 'latchkey.db')));
    assert.match(String(error), /latchkey\.db is not a directory: move it away/);
  });

  test('a file that is no database', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(directory.database, 'Dear diary, '.repeat(500));
    assert.match(
      String(await errorOf(open(directory.database))),
      /latchkey\.db is not a SQLite database: restore it/,
    );
    assert.match(await readFile(directory.database, 'utf8'), /^Dear diary, Dear/);
  });

  test('a database whose pages are damaged', async () => {
    await using directory = await temporaryDirectory();
    const { storage } = await open(directory.database);
    await createAccount(storage);
    await storage.close();
    const bytes = await readFile(directory.database);
    bytes.fill(0x5a, 100);
    await writeFile(directory.database, bytes);
    assert.match(String(await errorOf(open(directory.database))), /malformed/);
  });

  test('a directory that lets nobody write', { skip: skipWithoutPermissions }, async () => {
    await using directory = await temporaryDirectory();
    const { storage } = await open(directory.database);
    await storage.close();
    await chmod(directory.database, 0o444);
    await chmod(directory.path, 0o555);
    await using child = startChild('opening-child.ts', [directory.database], { underPermissions: true });
    const { lines } = await child.end();
    assert.match(
      lines.join(),
      /^storage_unavailable: \S+ cannot be written by user \S+: let that user write there/,
    );
    await chmod(directory.path, 0o755);
  });

  test('a directory that is not there and cannot be made', { skip: skipWithoutPermissions }, async () => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, 'closed'), { mode: 0o555 });
    const path = join(directory.path, 'closed', 'data', 'latchkey.db');
    await using child = startChild('opening-child.ts', [path], { underPermissions: true });
    const { lines } = await child.end();
    assert.match(lines.join(), /closed\/data cannot be made: \S+\/closed cannot be written by user /);
  });
});

describe('a database whose file is taken away while it is open', () => {
  const takeAway: Record<string, (path: string, aside: string) => Promise<unknown>> = {
    'was moved': (path, aside) => rename(path, aside),
    'was replaced by a copy': async (path, aside) => {
      await rename(path, aside);
      await copyFile(aside, path);
    },
    'has lost its log of recent commits': (path, aside) => rename(`${path}-wal`, `${aside}-wal`),
  };
  for (const [about, take] of Object.entries(takeAway)) {
    // SEC-095
    test(`and ${about}: every operation is refused, it is reported once, and it goes on when the file is back`, async () => {
      const reported: (string | undefined)[] = [];
      let now = 0;
      await using database = await openEngine({
        patience: { ...STANDARD_PATIENCE, now: () => now },
        onFileChange: (problem) => reported.push(problem?.problem),
      });
      const { storage, engine, path } = database;
      const account = await createAccount(storage);
      const session = await createSession(storage, account);
      assert.equal(await isLive(storage, session), true);
      const aside = `${path}.aside`;
      await take(path, aside);
      // A second later without a request in between, the first one notices.
      now += 1_000;
      const operations: Record<string, () => Promise<unknown>> = {
        'a look-up': () => storage.accounts.findById(account.id),
        'a session that was read before': () => storage.sessions.findLive(session.id, NOW),
        'a single write': () => createAccount(storage),
        'a transaction': () => storage.transaction(createAccount),
        'a health check': () => storage.ping(),
      };
      for (const [what, operate] of Object.entries(operations)) {
        const error = await errorOf(operate());
        assert.ok(isUnavailable(error), what);
        assert.match(String(error), /was removed or replaced while it was in use: stop Latchkey/);
      }
      assert.equal(reported.length, 1);
      assert.equal(engine.freshness.version(), undefined);

      for (const suffix of ['', '-wal']) {
        if (existsSync(`${aside}${suffix}`)) await rename(`${aside}${suffix}`, `${path}${suffix}`);
      }
      await createAccount(storage);
      assert.equal(await isLive(storage, session), true);
      assert.deepEqual(reported.slice(1), [undefined]);
    });
  }

  test('acknowledges no write that went into a file that is gone, and a health check says so at once', async () => {
    for (const [what, operate] of Object.entries({
      'a single write': (storage: Storage) => createAccount(storage),
      'a transaction': (storage: Storage) => storage.transaction(createAccount),
      'a health check': (storage: Storage) => storage.ping(),
    })) {
      await using database = await openEngine({ patience: { ...STANDARD_PATIENCE, now: () => 0 } });
      await createAccount(database.storage);
      await rename(database.path, `${database.path}.aside`);
      assert.ok(isUnavailable(await errorOf(operate(database.storage))), what);
    }
  });
});

describe('what happens to a database in use', () => {
  test('a closed one refuses every call', async () => {
    for (const used of [true, false]) {
      await using database = await openEngine();
      const account = await createAccount(database.storage);
      const session = await createSession(database.storage, account);
      if (used) assert.equal(await isLive(database.storage, session), true);
      await database.storage.close();
      const closed = /closed|destroyed|not open/;
      await assert.rejects(database.storage.accounts.findById(account.id), closed);
      await assert.rejects(database.storage.sessions.findLive(session.id, NOW), closed);
      await assert.rejects(createAccount(database.storage), closed);
      await assert.rejects(database.storage.transaction(createAccount), closed);
      await assert.rejects(database.storage.ping(), closed);
    }
  });

  // SEC-095
  test('a full disk refuses writes whole, lets reads go on, and needs no restart', async () => {
    await using database = await openEngine();
    const account = await createAccount(database.storage);
    const limit = (pages: number) =>
      sql`pragma max_page_count = ${sql.raw(String(pages))}`.execute(database.engine.write);
    await limit(1);
    const bio = 'x'.repeat(100_000);
    await assert.rejects(database.storage.accounts.updateProfile(account.id, { bio }), isUnavailable);
    const transaction = database.storage.transaction(async (stores) => {
      await stores.passwords.set(account.id, 'hash', NOW);
      await stores.accounts.updateProfile(account.id, { bio });
    });
    await assert.rejects(transaction, isUnavailable);
    assert.deepEqual(await database.storage.accounts.findById(account.id), account);
    assert.equal(await database.storage.passwords.find(account.id), undefined);
    await limit(1_000_000);
    await database.storage.accounts.updateProfile(account.id, { bio });
    assert.equal((await database.storage.accounts.findById(account.id))?.bio, bio);
  });

  // SEC-094
  test('a newer program may add columns while this one runs', async () => {
    await using database = await openEngine();
    const account = await createAccount(database.storage);
    const session = await createSession(database.storage, account);
    assert.equal(await isLive(database.storage, session), true);
    database.other.exec(`alter table accounts add column added text default 'new'`);
    database.other.exec(`alter table sessions add column added text default 'new'`);
    assert.deepEqual(await database.storage.accounts.findById(account.id), account);
    const live = await database.storage.sessions.findLive(session.id, NOW);
    assert.deepEqual([live?.session.id, live?.account], [session.id, account]);
    await createAccount(database.storage);
    assert.equal((await database.storage.accounts.list({ skip: 0, limit: 5 })).length, 2);
  });

  test('attempts that arrive together are reserved one by one, in one commit', async () => {
    await using database = await openEngine();
    using wiretap = new Wiretap();
    const policy = { failures: 5, lockMs: 1_000, disableAfter: 100, reservationMs: 1_000 };
    const attempts = Array.from({ length: 8 }, () =>
      database.storage.lockouts.reserve('account:1', policy, 1),
    );
    const reserved = (await Promise.all(attempts)).filter(({ kind }) => kind === 'reserved');
    assert.deepEqual([reserved.length, commitsOf(wiretap.take())], [5, 1]);
  });

  test('more different statements than are kept prepared go on working', async () => {
    await using database = await openEngine();
    for (let length = 1; length <= 450; length += 1) {
      await database.storage.outbox.release(
        Array.from({ length }, (_, index) => `id ${index}`),
        'worker',
      );
    }
    const { id } = await createAccount(database.storage);
    assert.equal((await database.storage.accounts.findById(id))?.id, id);
  });
});

describe('between two pieces of a large deletion', () => {
  test('what was committed is moved into the database, which readers and writers go on with', async () => {
    await using database = await openEngine();
    const { storage, path } = database;
    for (const address of ['first@example.com', 'second@example.com']) {
      const { id } = await createAccount(storage, { email: email(address) });
      assert.equal((await readFile(path)).includes(address), false);
      const settled = storage.deletionPace.settle();
      await createAccount(storage);
      assert.equal((await storage.accounts.findById(id))?.email, address);
      await settled;
      assert.equal((await readFile(path)).includes(address), true);
    }
  });

  test('a file that is gone is not made anew', async () => {
    await using database = await openEngine();
    await createAccount(database.storage);
    await rename(database.path, `${database.path}.aside`);
    assert.ok(isUnavailable(await errorOf(database.storage.deletionPace.settle())));
    await assert.rejects(stat(database.path), { code: 'ENOENT' });
  });

  test('closing waits for it', async () => {
    await using database = await openEngine();
    await createAccount(database.storage);
    const settled = database.storage.deletionPace.settle();
    database.other.close();
    await database.storage.close();
    await settled;
    await assert.rejects(database.storage.deletionPace.settle(), /closed/);
    await assert.rejects(stat(`${database.path}-wal`), { code: 'ENOENT' });
  });
});

describe('several processes', () => {
  // SEC-009, SEC-094
  test('that write at once lose nothing', async () => {
    await using database = await openEngine();
    const shared = await createAccount(database.storage);
    const children = [1, 2].map(() => startChild('writing-child.ts', [database.path, '150', shared.id]));
    for (const child of children) assert.equal(await child.line(), 'ready');
    for (const child of children) child.tell('go');
    const ended = await Promise.all(children.map((child) => child.end()));
    assert.deepEqual(
      ended.map(({ lines, code }) => [lines.length, code]),
      [
        [150, 0],
        [150, 0],
      ],
    );
    assert.equal(await database.storage.accounts.count(), 301);
    assert.equal((await database.storage.accounts.findById(shared.id))?.epoch, 300);
  });

  // SEC-091
  test('what a process had acknowledged survives its death in the middle of writing', async () => {
    await using directory = await temporaryDirectory();
    const location = { engine: 'sqlite', path: directory.database } as const;
    const { storage } = await openStorage(location, { migrations: 'run' });
    const shared = await createAccount(storage);
    await storage.close();
    const acknowledged: string[] = [];
    for (const enough of [1, 40, 90]) {
      await using child = startChild('writing-child.ts', [directory.database, '1000000', shared.id]);
      assert.equal(await child.line(), 'ready');
      child.tell('go');
      for (let count = 0; count < enough; count += 1) acknowledged.push((await child.line()) ?? '');
      child.kill('SIGKILL');
      const { lines, code } = await child.end();
      assert.equal(code, null);
      acknowledged.push(...lines);
    }

    const reopened = (await openStorage(location, { migrations: 'refuse' })).storage;
    const accounts = await reopened.accounts.list({ skip: 0, limit: 1_000_000 });
    const present = new Set(accounts.map(({ id }) => id));
    const lost = acknowledged.filter((id) => !present.has(id));
    assert.deepEqual(lost, []);
    // Of what was under way either all is there or nothing: account, password and epoch.
    present.delete(shared.id);
    for (const id of present) assert.equal(await reopened.passwords.find(id), `hash of ${id}`);
    assert.equal((await reopened.accounts.findById(shared.id))?.epoch, present.size);
    assert.ok(present.size - acknowledged.length <= 3);
    await createAccount(reopened);
    await reopened.close();

    const database = new DatabaseSync(directory.database);
    assert.deepEqual(Object.values(database.prepare('pragma integrity_check').get() ?? {}), ['ok']);
    assert.deepEqual(database.prepare('pragma foreign_key_check').all(), []);
    database.close();
  });
});
