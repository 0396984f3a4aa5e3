/**
 * PostgreSQL through `pg`. Owns its pool, sessions, time limits and error codes, and what becomes of a commit whose
 * answer was lost. Nothing outside this folder knows that it is PostgreSQL.
 */
import { Kysely, sql } from 'kysely';
import type { PostgresLocation } from '../../../location.ts';
import type { Tables } from '../../tables/index.ts';
import type { SqlEngine } from '../engine.ts';
import { agreeOnTls } from './agree-on-tls.ts';
import { postgresBulk } from './bulk.ts';
import { CHANNEL, ChangeListener } from './change-listener.ts';
import { type ConnectionLimits, STANDARD_LIMITS } from './connection-limits.ts';
import { postgresDialect } from './dialect.ts';
import { assertUtf8 } from './encoding.ts';
import { isUniqueViolation } from './faults.ts';
import { createClient, createPool } from './pool.ts';
import { Reachability, type ReachabilityListener } from './reachability.ts';
import { OneByOne } from './rerun.ts';

export type { ConnectionLimits } from './connection-limits.ts';
export type { ReachabilityListener } from './reachability.ts';
export { type ServerFacts, serverFacts } from './server-facts.ts';

/**
 * Connects, and looks whether the database can be used before anything is done in it.
 * @throws DatabaseUnusable, AuthError `storage_unavailable`
 */
export async function connectPostgres(
  location: PostgresLocation,
  limits: ConnectionLimits = STANDARD_LIMITS,
  reachabilityListener?: ReachabilityListener,
): Promise<SqlEngine> {
  const engine = openPostgres(await agreeOnTls(location, limits), limits, reachabilityListener);
  try {
    await assertUtf8(engine, location);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Connects when it is first used. @param location with a `tls` that leaves nothing to the server */
export function openPostgres(
  location: PostgresLocation,
  limits: ConnectionLimits = STANDARD_LIMITS,
  reachabilityListener?: ReachabilityListener,
): SqlEngine {
  const where = `PostgreSQL at ${location.host}:${location.port}`;
  const reachability = new Reachability(reachabilityListener);
  const open = (given: ConnectionLimits) => {
    const pool = createPool(location, given, reachability);
    return new Kysely<Tables>({ dialect: postgresDialect({ pool, where, limits: given, reachability }) });
  };
  const database = open(limits);
  const rivals = new OneByOne();
  // A migration takes as long as it takes, and waits for another process that migrates.
  const schema = open({ ...limits, pool: 1, statementTimeoutMs: 0 });
  const listener = new ChangeListener({
    createClient: () => createClient(location, limits),
    async notify(text) {
      await sql`select pg_notify(${CHANNEL}, ${text})`.execute(database);
    },
  });
  return {
    name: 'postgres',
    read: database,
    write: database,
    // Commits of different connections share the disk's time by themselves.
    writeTogether: (work) => work(database),
    schema,
    transaction: (work) => rivals.run(() => database.transaction().execute(work)),
    async assertWritable() {
      await database.transaction().execute(async () => {});
    },
    freshness: listener,
    // A deletion occupies its own connection only.
    deletionPace: { rows: 500, pauseMs: 0, settle: async () => {} },
    dialect: {
      bytes: 'bytea',
      integer: 'bigint',
      sequence: (column) => column.generatedAlwaysAsIdentity().primaryKey(),
      locksRows: true,
      errorEndsTransaction: true,
      isShared: true,
      async takeTurns(transaction, names) {
        // In one order, so that two who want the same names never hold one each.
        for (const name of names.toSorted()) {
          await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(transaction);
        }
      },
    },
    bulk: postgresBulk(schema),
    isUniqueViolation,
    async close() {
      await listener.close();
      await schema.destroy();
      await database.destroy();
    },
  };
}
