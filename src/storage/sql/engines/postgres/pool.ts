import { isIP } from 'node:net';
import { Client, type ClientBase, type ClientConfig, Pool, type PoolConfig, types } from 'pg';
import type { PostgresLocation, PostgresTls } from '../../../location.ts';
import { ChannelBoundClient } from './channel-bound-client.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import type { Reachability } from './reachability.ts';

/** How our sessions begin to call themselves. */
export const APPLICATION = 'latchkey';
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

/** Time limits of the server, by the names of its settings, in milliseconds. */
export const serverLimits = ({ statementTimeoutMs }: ConnectionLimits): [string, number][] => [
  ['statement_timeout', statementTimeoutMs],
  ['idle_in_transaction_session_timeout', IDLE_IN_TRANSACTION_MS],
];

export function createPool(
  location: PostgresLocation,
  limits: ConnectionLimits,
  reachability?: Reachability,
): Pool {
  const { pool: max, connectTimeoutMs, statementTimeoutMs } = limits;
  const pool = new Pool({
    ...addressOf(location),
    Client: clientFor(location),
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: IDLE_MS,
    ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + SILENCE_MS }),
    types: typeParsers,
    async onConnect(client) {
      await beginSession(client, limits);
      reachability?.reached();
    },
  });
  // An idle connection was lost. The pool has dropped it, and the next statement opens another or fails.
  pool.on('error', () => {});
  return pool;
}

/** Sessions that belong to one server process for as long as they last. */
const direct = new WeakSet<ClientBase>();

/**
 * Whether the session is the server's own. Behind a pooler that lends sessions out, such as PgBouncer in transaction
 * mode, what one statement sets or prepares is not there for the next one, and may be there for another client.
 */
export function isDirect(client: ClientBase): boolean {
  return direct.has(client);
}

/**
 * Sets the time limits of the session, if it is the server's own. They are no startup parameters: PgBouncer refuses
 * those. A pooler gives each client a process number that it made up, for cancelling, so that comparing it with what
 * the server says tells the two apart.
 * @throws {Error} for a standby: it lags, and would show sessions alive that have ended on its primary (SEC-064). A
 * primary that is restarted as a standby ends its connections, so that asking once for each connection is enough.
 */
async function beginSession(client: ClientBase, limits: ConnectionLimits): Promise<void> {
  const { processID } = client as ClientBase & { readonly processID: number | null };
  const set = serverLimits(limits).map(([name, ms]) => `set_config('${name}', '${ms}', false)`);
  const { rows } = await client.query<{ direct: boolean | null; standby: boolean }>({
    text: `select pg_is_in_recovery() as standby,
      case when pg_backend_pid() = ${Number(processID ?? 0)} then ${set.join(' || ')} end is not null as direct`,
    query_timeout: limits.connectTimeoutMs,
  } as { text: string });
  if (rows[0]?.standby === true)
    throw new Error('it is a standby, whose data may be out of date: name its primary');
  if (rows[0]?.direct === true) direct.add(client);
}

/** A session of its own, for as long as it lasts. */
export function createClient(location: PostgresLocation, { connectTimeoutMs }: ConnectionLimits): Client {
  const Own = clientFor(location);
  return new Own({ ...addressOf(location), connectionTimeoutMillis: connectTimeoutMs });
}

const clientFor = ({ channelBinding }: PostgresLocation): typeof Client =>
  channelBinding === 'require' ? ChannelBoundClient : Client;

function addressOf({
  host,
  port,
  name,
  user,
  password,
  tls,
  channelBinding,
  applicationName,
}: PostgresLocation): ClientConfig {
  return {
    host,
    port,
    database: name,
    user,
    // Never what PGPASSWORD or a password file happen to say: the URL is the only place.
    password: () => password ?? '',
    ssl: tlsOptions(tls, host) ?? false,
    enableChannelBinding: channelBinding === 'require',
    application_name: applicationName === undefined ? APPLICATION : `${APPLICATION} ${applicationName}`,
    keepAlive: true,
  };
}

function tlsOptions(tls: PostgresTls, host: string): PoolConfig['ssl'] {
  // What the certificate must be for; without it a bare address would be compared with `localhost`.
  const meant = isIP(host) === 0 ? {} : { host };
  switch (tls.mode) {
    case 'disable':
    case 'allow':
      return false;
    case 'prefer':
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      return { rejectUnauthorized: true, ca: tls.ca, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { rejectUnauthorized: true, ...(tls.ca !== undefined && { ca: tls.ca }), ...meant };
  }
}
