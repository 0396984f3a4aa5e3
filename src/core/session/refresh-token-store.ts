/** A refresh token as it is stored. */
export interface NewRefreshToken {
  /** SHA-256 of the token's handle, which has 256 random bits. */
  readonly digest: Uint8Array;
  /** Epoch milliseconds. A session that expires earlier takes the token with it. */
  readonly expiresAt: number;
}

/** One use of a single-use refresh token. */
export interface RefreshTokenExchange {
  /** Of the token that the client sent. */
  readonly digest: Uint8Array;
  /** The token that takes its place. */
  readonly successor: NewRefreshToken;
  /** Epoch milliseconds. */
  readonly now: number;
  /** For this long after the first exchange a repeat gets the same successor. */
  readonly graceMs: number;
}

/** What became of an exchange. Only `exchanged` and `repeated` let the client have the successor. */
export type RefreshTokenExchangeOutcome =
  /** Exchanged by this call, or a repeat within the grace; the first exchange was at `exchangedAt`. */
  | {
      readonly kind: 'exchanged' | 'repeated';
      readonly accountId: string;
      readonly sessionId: string;
      readonly sessionExpiresAt: number;
      readonly exchangedAt: number;
    }
  /** A repeat within the grace, but the successor was exchanged already: refused, nothing changes (SEC-058). */
  | { readonly kind: 'superseded' }
  /** A repeat after the grace: the token may be stolen. `ended` is true for the one call that ended the session. */
  | {
      readonly kind: 'reused';
      readonly accountId: string;
      readonly sessionId: string;
      readonly ended: boolean;
    }
  | { readonly kind: 'expired' | 'ended' | 'unknown' };

/**
 * Refresh tokens (RFC 6749 §6), which are single-use: each is exchanged for its successor, and a later use of the same
 * token ends the session (RFC 9700 §4.14.2). `SessionStore.create` adds the first one of a session.
 */
export interface RefreshTokenStore {
  /** Atomic: of N parallel exchanges of one token one is `exchanged` and the rest are `repeated`. */
  exchange(exchange: RefreshTokenExchange): Promise<RefreshTokenExchangeOutcome>;
  /** Deletes tokens that expired before `before`, at most `limit`; returns how many. */
  purge(before: number, limit: number): Promise<number>;
}
