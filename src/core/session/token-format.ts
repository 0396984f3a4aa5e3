/** Everything a contract needs to write the tokens of a session. All instants are epoch milliseconds. */
export interface Grant {
  readonly accountId: string;
  readonly sessionId: string;
  /** 256 bits that name the refresh token; the access token's id is derived from it. */
  readonly handle: Buffer;
  readonly issuedAt: number;
  readonly sessionExpiresAt: number;
}

export interface IssuedTokens {
  /** When: a repeated exchange is answered with the instant of the first. */
  readonly issuedAt: number;
  readonly access: string;
  readonly accessExpiresAt: number;
  /** Absent at contracts that know no refresh. */
  readonly refresh?: string;
  readonly refreshExpiresAt?: number;
}

/** What an access token says, once it is known to be ours and in date. The session decides the rest. */
export interface AccessClaims {
  readonly accountId: string;
  readonly sessionId: string;
}

/**
 * How one contract writes tokens. Format is the contract's choice; what a token means is the session's.
 * Writing must be a pure function of the grant: a repeated exchange gets the same bytes on every process.
 */
interface Format {
  readonly accessMs: number;
  /** Zero at contracts that know no refresh. */
  readonly refreshMs: number;
  write(grant: Grant): Promise<IssuedTokens>;
  /** The handle inside. @throws AuthError `token_invalid` or `token_expired` */
  readRefresh(token: string, now: number): Promise<Buffer>;
}

/**
 * Access tokens are signed and carry the account and the session. A refresh token works once: it is exchanged for the next
 * one, and a second use ends the session.
 */
export interface SignedTokenFormat extends Format {
  readonly access: 'signed';
  readonly refresh: 'single_use';
  /** @throws AuthError `token_invalid`, `token_expired` or `token_wrong_kind` */
  readAccess(token: string, now: number): Promise<AccessClaims>;
}

/**
 * Access tokens are random and looked up by their digest. The client keeps its refresh token and uses it again: only for
 * contracts whose document asks for it, which is why it is a property of the format and not a setting.
 */
export interface StoredTokenFormat extends Format {
  readonly access: 'stored';
  readonly refresh: 'reusable';
  /** What the access token of this handle is stored as. */
  accessDigest(handle: Buffer): Uint8Array;
  /** The answer to a refresh, with an access token of a new handle. The value in place of a refresh token works nowhere. */
  writeRefreshed(grant: Grant): Promise<IssuedTokens>;
  /** The digest to look it up by. @throws AuthError `token_invalid` */
  readAccess(token: string): Promise<Uint8Array>;
}

export type TokenFormat = SignedTokenFormat | StoredTokenFormat;
