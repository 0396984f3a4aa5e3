import type { LiveSession } from './session.ts';

/** An access token as it is stored. */
export interface NewAccessToken {
  /** SHA-256 of the token, which has 256 random bits. */
  readonly digest: Uint8Array;
  /** Epoch milliseconds. A session that expires earlier takes the token with it. */
  readonly expiresAt: number;
}

/** One use of a reusable refresh token. */
export interface AccessTokenRequest {
  /** Of the refresh token that the client sent. */
  readonly refreshDigest: Uint8Array;
  /** The contract that was asked. A refresh token of another contract is `unknown`. */
  readonly contract: string;
  readonly access: NewAccessToken;
  /** Epoch milliseconds. */
  readonly now: number;
  /** How many access tokens of one session are kept; the oldest are deleted. */
  readonly keep: number;
}

/** What became of a request for an access token. */
export type AccessTokenOutcome =
  | {
      readonly kind: 'issued';
      readonly accountId: string;
      readonly sessionId: string;
      readonly sessionExpiresAt: number;
    }
  | { readonly kind: 'expired' | 'ended' | 'unknown' };

/**
 * Access tokens that are looked up by their digest (StoredTokenFormat). Signed ones are stored nowhere.
 * `SessionStore.create` adds the first one of a session.
 */
export interface AccessTokenStore {
  /** The session of a token, unless one of them has ended or expired. As hot as `SessionStore.findLive`: one point query. */
  findSession(digest: Uint8Array, now: number): Promise<LiveSession | undefined>;
  /** Adds a token to the session of a refresh token, which stays valid, and deletes those that expired or are too many. */
  issue(request: AccessTokenRequest): Promise<AccessTokenOutcome>;
  /** Deletes tokens that expired before `before`, at most `limit`; returns how many. */
  purge(before: number, limit: number): Promise<number>;
}
