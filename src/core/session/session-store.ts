import type { NewAccessToken } from './access-token-store.ts';
import type { NewRefreshToken } from './refresh-token-store.ts';
import type { ListedSession, LiveSession, SessionEndReason } from './session.ts';

/** A session to create, with its first tokens. Instants are epoch milliseconds. */
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
  /** At contracts with refresh tokens. */
  readonly refresh?: NewRefreshToken;
  /** At contracts whose access tokens are looked up (StoredTokenFormat). */
  readonly access?: NewAccessToken;
}

/** Sessions: how they begin, who they authenticate, how they end. Their tokens have stores of their own. */
export interface SessionStore {
  /**
   * Creates the session and its first tokens. False when the account was deleted or has moved to another epoch: nothing
   * was created (SEC-062).
   */
  create(session: NewSession): Promise<boolean>;
  /** The session of a signed access token, unless it has ended or expired. The hot read: one point query. */
  findLive(id: string, now: number): Promise<LiveSession | undefined>;
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
   * has ended: nothing was counted, and nothing may be evaluated.
   */
  countWrongCode(id: string, options: { limit: number; now: number }): Promise<number | undefined>;
  /** The code was right. */
  clearWrongCodes(id: string): Promise<void>;
  /** Newest first, ended ones included until they are purged. */
  list(accountId: string): Promise<ListedSession[]>;
  /**
   * Deletes sessions that ended or expired before `before`, at most `limit`; returns how many. Their tokens go with them,
   * so expired tokens are purged first: then few are left.
   */
  purge(before: number, limit: number): Promise<number>;
}
