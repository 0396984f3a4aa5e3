import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { linkSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createAccount, DAY, isLive, NOW } from '../../src/storage/conformance/fixture.ts';
import { DatabaseUnusable, StorageRefusal } from '../../src/storage/errors.ts';
import {
  type CopyOptions,
  copyBetween,
  type DatabaseLocation,
  openStorage,
} from '../../src/storage/index.ts';
import { administer } from '../support/postgres/databases.ts';
import { type EngineName, fill, type Place, placeFor, using } from './whole-database.ts';

const CHILD = fileURLToPath(new URL('copying-child.ts', import.meta.url));

const refusal =
  (code: string, message: RegExp = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof StorageRefusal, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };

const unfinished = (location: DatabaseLocation) =>
  assert.rejects(openStorage(location, { migrations: 'run' }), (error) => {
    assert.ok(error instanceof DatabaseUnusable, String(error));
    assert.match(error.problem, /unfinished copy/);
    return true;
  });

/** Runs SQL in a database that nobody has open. */
async function alter({ location, url }: Place, sql: string): Promise<void> {
  if (location.engine === 'postgres') {
    await administer(url, sql);
    return;
  }
  const database = new DatabaseSync(location.path);
  database.exec(sql);
  database.close();
}

/** Stops after so many steps, without a farewell. */
function copyUntilKilled(from: Place, to: Place, steps: number): void {
  const { signal, status, stderr } = spawnSync(process.execPath, [CHILD, from.url, to.url, String(steps)], {
    env: {},
    encoding: 'utf8',
  });
  assert.deepEqual([signal, status], ['SIGKILL', null], stderr);
}

const pairs: readonly (readonly [EngineName, EngineName])[] = [
  ['sqlite', 'postgres'],
  ['postgres', 'sqlite'],
  ['sqlite', 'sqlite'],
];

for (const [source, target] of pairs) {
  describe(`${source} to ${target}`, () => {
    test('everything arrives: ids, numbers, passwords, sessions, challenges, spent codes, counts, audit', async () => {
      await using from = await placeFor(source);
      await using to = await placeFor(target);
      const kept = await using(from.location, (storage) => fill(storage));
      const options: CopyOptions = { batch: 7 };
      const { tables, resumed } = await copyBetween(from.location, to.location, options);
      assert.equal(resumed, false);
      assert.deepEqual(Object.fromEntries(tables.map(({ table, rows }) => [table, rows])), {
        accounts: 30,
        address_undos: 1,
        passwords: 29,
        totp_secrets: 1,
        totp_steps: 2,
        challenges: 1,
        sessions: 30,
        refresh_tokens: 30,
        access_tokens: 1,
        lockouts: 1,
        quotas: 1,
        outbox: 1,
        audit_events: 1,
        secret_fingerprint: 1,
      });
      await using(to.location, async (storage) => {
        const { first, session, access, challenge, undo, totp, gone } = kept;
        const expected = { ...first, bio: 'line one\nüñî 🦊 "quoted"' };
        assert.deepEqual(await storage.accounts.findById(first.id), expected);
        assert.deepEqual((await storage.accounts.findByNumber(first.number))?.id, first.id);
        assert.ok(await isLive(storage, session));
        assert.deepEqual((await storage.addressUndos.find(undo.secretDigest))?.email, undo.email);
        assert.equal(
          (await storage.accessTokens.findSession(access.digest, NOW + 1))?.session.id,
          session.id,
        );
        assert.equal((await storage.totp.find(first.id))?.id, totp.id);
        assert.equal(await storage.totp.spend({ credentialId: totp.id, step: 5, newestStep: 5 }), false);
        assert.equal(await storage.challenges.consume(challenge.id, NOW + 1), true);
        assert.equal(await storage.outbox.countPending(), 1);
        const [event] = await storage.audit.list({ limit: 1 });
        assert.equal(event?.accountId, first.id);
        const next = await createAccount(storage);
        assert.ok(next.number > gone.number, 'the number of a deleted account is not given again');
        await storage.audit.record({ at: NOW, type: 'account_created', door: 'cli' });
      });
    });

    test('there and back again is the same, digest for digest', async () => {
      await using from = await placeFor(source);
      await using to = await placeFor(target);
      await using back = await placeFor(source);
      await using(from.location, (storage) => fill(storage, 3));
      const there = await copyBetween(from.location, to.location);
      assert.deepEqual((await copyBetween(to.location, back.location)).tables, there.tables);
      const next = () => using(back.location, (storage) => createAccount(storage));
      assert.equal((await next()).number, 5);
    });

    test('killed at any point, it goes on where it was, and until then nobody opens the target', async () => {
      await using from = await placeFor(source);
      await using(from.location, (storage) => fill(storage));
      for (const stops of [[1], [3, 2], [9, 14], [22], [31]]) {
        await using to = await placeFor(target);
        for (const steps of stops) {
          copyUntilKilled(from, to, steps);
          await unfinished(to.location);
        }
        const { resumed, tables } = await copyBetween(from.location, to.location);
        assert.equal(resumed, true);
        assert.equal(tables.find(({ table }) => table === 'accounts')?.rows, 30);
        await using(to.location, async ({ accounts }) => assert.equal(await accounts.count(), 30));
      }
    });

    test('a source that changed while the copy was cut off is found out', async () => {
      await using from = await placeFor(source);
      await using to = await placeFor(target);
      await using(from.location, (storage) => fill(storage));
      copyUntilKilled(from, to, 20);
      await alter(from, `update accounts set epoch = epoch + 1 where number = 1`);
      await assert.rejects(
        copyBetween(from.location, to.location),
        refusal('copy_differs', /accounts differs: 30 rows on both sides.*stop every server/),
      );
      await unfinished(to.location);
    });

    test('a row that is lost or changed in the target is found out', async () => {
      for (const sql of [`delete from quotas`, `update passwords set hash = 'other' where hash = 'hash 2'`]) {
        await using from = await placeFor(source);
        await using to = await placeFor(target);
        await using(from.location, (storage) => fill(storage));
        copyUntilKilled(from, to, 37);
        await alter(to, sql);
        // The row that is gone was the last of its table: it would simply arrive again.
        await alter(to, `insert into quotas (key, used, window_ends_at) values ('zzz', 1, 1)`);
        await assert.rejects(copyBetween(from.location, to.location), refusal('copy_differs'));
      }
    });

    test('a target that is not empty is refused and left as it was', async () => {
      await using from = await placeFor(source);
      await using to = await placeFor(target);
      await using(from.location, (storage) => fill(storage, 2));
      const account = await using(to.location, (storage) => createAccount(storage));
      const copy = copyBetween(from.location, to.location);
      await assert.rejects(copy, refusal('target_not_empty', /rows in accounts/));
      await using(to.location, async ({ accounts }) => {
        assert.equal(await accounts.count(), 1);
        assert.deepEqual(await accounts.findById(account.id), account);
      });
    });

    test('a copy goes on from its own source only', async () => {
      await using from = await placeFor(source);
      await using other = await placeFor(source);
      await using to = await placeFor(target);
      for (const { location } of [from, other]) await using(location, (storage) => fill(storage, 2));
      copyUntilKilled(from, to, 2);
      await assert.rejects(copyBetween(other.location, to.location), refusal('copy_of_another'));
    });

    test('a source or target that somebody has open is refused, in words', async () => {
      await using from = await placeFor(source);
      await using to = await placeFor(target);
      await using(from.location, (storage) => fill(storage, 2));
      for (const { location } of [from, to]) {
        await using(location, async () => {
          await assert.rejects(
            copyBetween(from.location, to.location),
            refusal('in_use', /server or command has .* open; stop it first/),
          );
        });
      }
      await copyBetween(from.location, to.location);
    });

    test('a source of another version is refused', async () => {
      await using from = await placeFor(source);
      await using to = await placeFor(target);
      await using(from.location, (storage) => fill(storage, 2));
      await alter(from, `delete from kysely_migration where name like '0004%'`);
      await assert.rejects(copyBetween(from.location, to.location), /is missing a migration: 0004/);
      await alter(
        from,
        `insert into kysely_migration values ('0004-rate-limits', '2026'), ('9999-new', '2026')`,
      );
      await assert.rejects(copyBetween(from.location, to.location), /newer version.*9999-new/);
    });
  });
}

test('source and target are not the same database, whatever they are called', async () => {
  await using place = await placeFor('sqlite');
  assert.ok(place.location.engine === 'sqlite');
  const { path } = place.location;
  await using(place.location, (storage) => fill(storage, 2));
  linkSync(path, `${path}.other`);
  for (const name of [path, `${path}.other`, path.replace(/([^/]+)$/, './$1')]) {
    const copy = copyBetween(place.location, { engine: 'sqlite', path: name });
    await assert.rejects(copy, refusal('same_database'));
  }
  await using server = await placeFor('postgres');
  assert.ok(server.location.engine === 'postgres');
  await using(server.location, async () => {});
  const alias = { ...server.location, host: 'localhost' };
  await assert.rejects(copyBetween(server.location, alias), refusal('same_database'));
  await using(server.location, async () => {});
});

test('a text that PostgreSQL cannot keep is told by its table and key', async () => {
  await using from = await placeFor('sqlite');
  await using to = await placeFor('postgres');
  const { first } = await using(from.location, (storage) => fill(storage, 2));
  await alter(from, `update accounts set bio = 'a' || char(0) || 'b' where number = ${first.number}`);
  const copy = copyBetween(from.location, to.location);
  await assert.rejects(copy, refusal('not_copyable', /accounts "1" holds U\+0000 in bio/));
});

for (const engine of ['sqlite', 'postgres'] as const) {
  test(`${engine}: nobody writes to a source while it is read, and everybody does afterwards`, async () => {
    await using from = await placeFor(engine);
    await using to = await placeFor('sqlite');
    await using(from.location, (storage) => fill(storage, 2));
    const sql = `update sessions set expires_at = ${NOW + DAY + 1}`;
    const outcomes: string[] = [];
    const write = () => {
      outcomes.push(engine === 'sqlite' ? writeToFile(from, sql) : writeToServer(from, sql));
    };
    await copyBetween(from.location, to.location, {
      onProgress: ({ step, table }) => table === 'sessions' && step === 'verify' && write(),
    });
    write();
    const [during = '', afterwards] = outcomes;
    assert.match(during, /locked|lock timeout/);
    assert.equal(afterwards, 'done');
  });
}

function writeToFile({ location }: Place, sql: string): string {
  assert.ok(location.engine === 'sqlite');
  const database = new DatabaseSync(location.path, { timeout: 0 });
  try {
    database.exec(sql);
    return 'done';
  } catch (error) {
    return String(error);
  } finally {
    database.close();
  }
}

/** While this process stands still, and the copy with it. */
function writeToServer({ url }: Place, sql: string): string {
  const child = fileURLToPath(new URL('altering-child.ts', import.meta.url));
  return spawnSync(process.execPath, [child, url, sql], { env: {}, encoding: 'utf8' }).stdout.trim();
}
