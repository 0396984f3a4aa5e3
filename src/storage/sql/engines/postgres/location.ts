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
  /** Whether the server must authenticate this client by SCRAM that is bound to the TLS connection. */
  readonly channelBinding?: 'require';
  /** Shown to its administrator, after `latchkey`. */
  readonly applicationName?: string;
}

export type PostgresTls =
  /** In clear. */
  | { readonly mode: 'disable' }
  /** Left to the server: in clear, or with TLS where that is refused; and the other way round. */
  | { readonly mode: 'allow' | 'prefer' }
  /** Encrypted, to whichever server answers. */
  | { readonly mode: 'require' }
  /** Encrypted, to any host that this authority, a PEM text, signed for. */
  | { readonly mode: 'verify-ca'; readonly ca: string }
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
