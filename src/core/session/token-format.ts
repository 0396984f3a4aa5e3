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

/** Access tokens say under a signature whose they are; a refresh token is exchanged, and used twice it is theft. */
export interface SignedTokenFormat extends Format {
  readonly access: 'signed';
  readonly refresh: 'rotating';
  /** @throws AuthError `token_invalid`, `token_expired` or `token_wrong_kind` */
  readAccess(token: string, now: number): Promise<AccessClaims>;
}

/**
 * Access tokens say nothing and are looked up by their digest. A refresh token is kept by its client and used again:
 * only for contracts whose document wants it so, which is why it is a property of the format and no setting.
 */
export interface StoredTokenFormat extends Format {
  readonly access: 'stored';
  readonly refresh: 'reusable';
  /** What the access token of this handle is stored as. */
  accessDigest(handle: Buffer): Uint8Array;
  /** The tokens of a refresh, whose grant has a handle of its own. What stands for a refresh token works nowhere. */
  writeRenewed(grant: Grant): Promise<IssuedTokens>;
  /** The digest to look it up by. @throws AuthError `token_invalid` */
  readAccess(token: string): Promise<Uint8Array>;
}

export type TokenFormat = SignedTokenFormat | StoredTokenFormat;
