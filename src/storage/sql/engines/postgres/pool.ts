import { isIP } from 'node:net';
import { Client, type ClientConfig, Pool, type PoolConfig, types } from 'pg';
import type { ConnectionLimits, PostgresLocation, PostgresTls } from './location.ts';

/** A connection that nobody used for so long goes back to the server. */
const IDLE_MS = 30_000;
/** Nothing slow happens in our transactions: one that sits still was left behind. */
const IDLE_IN_TRANSACTION_MS = 15_000;
/** The server ends a statement itself; whoever hears nothing by then has lost it. */
const SILENCE_MS = 2_000;
const INT8 = 20;

/** Whole numbers of 53 bits are all that we store. Anything else is as `pg` reads it. */
const typeParsers: NonNullable<PoolConfig['types']> = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

export function createPool(location: PostgresLocation, limits: ConnectionLimits): Pool {
  const { pool: max, connectTimeoutMs, statementTimeoutMs } = limits;
  const pool = new Pool({
    ...addressOf(location),
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: IDLE_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    ...(statementTimeoutMs > 0 && {
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + SILENCE_MS,
    }),
    types: typeParsers,
  });
  // An idle connection was lost. The pool has dropped it, and the next statement opens another or fails.
  pool.on('error', () => {});
  return pool;
}

/** A session of its own, for as long as it lasts. */
export function createClient(location: PostgresLocation, { connectTimeoutMs }: ConnectionLimits): Client {
  return new Client({ ...addressOf(location), connectionTimeoutMillis: connectTimeoutMs });
}

function addressOf({ host, port, name, user, password, tls }: PostgresLocation): ClientConfig {
  return {
    host,
    port,
    database: name,
    user,
    // Never what PGPASSWORD or a password file happen to say: the URL is the only place.
    password: () => password ?? '',
    ssl: tlsOptions(tls, host) ?? false,
    application_name: 'latchkey',
    keepAlive: true,
  };
}

function tlsOptions(tls: PostgresTls, host: string): PoolConfig['ssl'] {
  switch (tls.mode) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-full':
      return {
        rejectUnauthorized: true,
        ...(tls.ca !== undefined && { ca: tls.ca }),
        // What the certificate must be for; without it a bare address would be compared with `localhost`.
        ...(isIP(host) !== 0 && { host }),
      };
  }
}
