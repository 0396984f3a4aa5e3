import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { StorageRefusal } from './errors.ts';

/** Which database to open, as the setting `LATCHKEY_DATABASE_URL` names it. */
export type DatabaseLocation = SqliteLocation | PostgresLocation;

/** A SQLite database. */
export interface SqliteLocation {
  readonly engine: 'sqlite';
  /** File name or `:memory:`. */
  readonly path: string;
}

/** A PostgreSQL database and the user that connects to it. */
export interface PostgresLocation {
  readonly engine: 'postgres';
  readonly host: string;
  readonly port: number;
  /** Of the database. */
  readonly name: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly tls: PostgresTls;
  /** Requires the server to authenticate this client by SCRAM with channel binding (RFC 5802 §6). */
  readonly channelBinding?: 'require';
  /** Listed in the server's `pg_stat_activity`, after `latchkey`. */
  readonly applicationName?: string;
}

/** What `sslmode` of a PostgreSQL URL means. */
export type PostgresTls =
  /** Never encrypted. */
  | { readonly mode: 'disable' }
  /** `allow` encrypts only when the server insists; `prefer` encrypts unless the server refuses. */
  | { readonly mode: 'allow' | 'prefer' }
  /** Encrypted. The server's certificate is not checked. */
  | { readonly mode: 'require' }
  /** Encrypted. The certificate is signed by `ca`, a PEM text; its host name is not checked. */
  | { readonly mode: 'verify-ca'; readonly ca: string }
  /** Encrypted. The certificate is for this host and signed by `ca`, a PEM text, or by a system authority. */
  | { readonly mode: 'verify-full'; readonly ca: string | undefined };

/**
 * The location as operators read it: without user and password, and equal for two locations of one database.
 * @throws StorageRefusal `needs_file` for a database in memory, which cannot be copied
 */
export function describeLocation(location: DatabaseLocation): string {
  if (location.engine === 'postgres') return `postgres://${location.host}:${location.port}/${location.name}`;
  const { path } = location;
  if (path !== ':memory:') return `sqlite:${realPath(path)}`;
  throw new StorageRefusal('needs_file', 'a database in memory is gone with this command; name a file');
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
