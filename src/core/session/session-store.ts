import type { ListedSession, LiveSession, SessionEndReason } from './session.ts';

export interface NewSession {
  readonly id: string;
  readonly accountId: string;
  readonly contract: string;
  /** The account's epoch when its credentials were verified. */
  readonly epoch: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** When the account proved who it is, epoch milliseconds. */
  readonly authenticatedAt: number;
  /** How: RFC 8176 `amr` values, at least one. */
  readonly methods: readonly string[];
  /** The client that signed in. */
  readonly address?: string;
  readonly userAgent?: string;
  readonly refresh?: NewRefreshToken;
  /** Where access tokens are looked up (StoredTokenFormat). */
  readonly access?: NewAccessToken;
}

export interface NewAccessToken {
  /** SHA-256 of the token, which has 256 bits of its own. */
  readonly digest: Uint8Array;
  readonly expiresAt: number;
}

export interface NewRefreshToken {
  /** SHA-256 of the token's 256-bit handle. */
  readonly digest: Uint8Array;
  readonly expiresAt: number;
}

export interface Exchange {
  readonly digest: Uint8Array;
  readonly successor: NewRefreshToken;
  readonly now: number;
  /** For so long a repeat of the exchange gets the same successor. */
  readonly graceMs: number;
}

export type ExchangeOutcome =
  /** Exchanged now, or a repeat inside the grace: the successor of `exchangedAt` is handed out (again). */
  | {
      readonly kind: 'rotated' | 'repeated';
      readonly accountId: string;
      readonly sessionId: string;
      readonly sessionExpiresAt: number;
      readonly exchangedAt: number;
    }
  /** Inside the grace, but the successor was used already: refused, nothing changes (SEC-058). */
  | { readonly kind: 'superseded' }
  /** After the grace: theft. This call ended the session, or found it ended. */
  | {
      readonly kind: 'reused';
      readonly accountId: string;
      readonly sessionId: string;
      readonly ended: boolean;
    }
  | { readonly kind: 'expired' | 'ended' | 'unknown' };

/** Another access token for the session of a reusable refresh token. */
export interface Renewal {
  /** Of the refresh token. */
  readonly digest: Uint8Array;
  /** It must be a session of this contract: tokens stay at their contract. */
  readonly contract: string;
  readonly access: NewAccessToken;
  readonly now: number;
  /** So many access tokens of one session work; the oldest make room. */
  readonly keep: number;
}

export type RenewalOutcome =
  | {
      readonly kind: 'renewed';
      readonly accountId: string;
      readonly sessionId: string;
      readonly sessionExpiresAt: number;
    }
  | { readonly kind: 'expired' | 'ended' | 'unknown' };

export interface SessionStore {
  /** False when the account is gone or has moved to another epoch since: nothing was created (SEC-062). */
  create(session: NewSession): Promise<boolean>;
  /** The hot read of every authorised request: one point query. */
  findLive(id: string, now: number): Promise<LiveSession | undefined>;
  /** The same for an access token that is known by its digest. */
  findLiveByToken(digest: Uint8Array, now: number): Promise<LiveSession | undefined>;
  /** Atomic: of N parallel exchanges of one token one is `rotated` and the rest are `repeated`. */
  rotate(exchange: Exchange): Promise<ExchangeOutcome>;
  /** Leaves the refresh token as it is, and lets go of access tokens that are over or too many. */
  renew(renewal: Renewal): Promise<RenewalOutcome>;
  /** True when it was alive. */
  end(id: string, options: { now: number; reason: SessionEndReason }): Promise<boolean>;
  /**
   * Ends all sessions of the account except `keep`, which is carried over into `epoch`; returns how many.
   * Goes together with `accounts.advanceEpoch` in one transaction.
   */
  endAll(
    accountId: string,
    options: { now: number; reason: SessionEndReason; epoch: number; keep?: string },
  ): Promise<number>;
  /**
   * Counts a code sent beside an access token as wrong before it is evaluated, in one statement; answers how many
   * there were since the last right one, this one included. Undefined when the session has had `limit` of them or
   * is over: nothing was counted, and nothing may be evaluated.
   */
  countWrongCode(id: string, options: { limit: number; now: number }): Promise<number | undefined>;
  /** The code was right. */
  clearWrongCodes(id: string): Promise<void>;
  /** Newest first, ended ones included until they are purged. */
  list(accountId: string): Promise<ListedSession[]>;
  /**
   * Deletes rows of one kind: tokens that expired before `before`, then sessions that expired or ended before it.
   * @returns how many rows, at most `limit`; 0 only when none are left
   */
  purge(before: number, limit: number): Promise<number>;
}
