/** Where a PostgreSQL database is and who asks, as config/kinds/database.ts read it. */
export interface PostgresLocation {
  readonly engine: 'postgres';
  readonly host: string;
  readonly port: number;
  /** Of the database. */
  readonly name: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly tls: PostgresTls;
}

export type PostgresTls =
  /** In clear. */
  | { readonly mode: 'disable' }
  /** Encrypted, to whoever answers. */
  | { readonly mode: 'require' }
  /** Encrypted, to the host that was meant; with `ca`, a PEM text, by that authority and no other. */
  | { readonly mode: 'verify-full'; readonly ca: string | undefined };

/** How this process uses the server. */
export interface ConnectionLimits {
  /** Connections at the same time. */
  readonly pool: number;
  /** How long a statement waits for a connection, a free or a new one. */
  readonly connectTimeoutMs: number;
  /** How long one statement may run, waiting for locks included; 0 for ever. */
  readonly statementTimeoutMs: number;
}

/** What the settings have as their defaults. */
export const STANDARD_LIMITS: ConnectionLimits = {
  pool: 10,
  connectTimeoutMs: 3_000,
  statementTimeoutMs: 10_000,
};
