import type { Sealed } from '../../crypto/rotating-sealing.ts';
import type { Account } from '../account/index.ts';

/** A signed-in stay of one account at one contract. Tokens are its faces; it is what gets revoked. */
export interface Session {
  readonly id: string;
  readonly accountId: string;
  /** The contract that opened it; its tokens open no other contract. */
  readonly contract: string;
  readonly createdAt: number;
  /** However often it is refreshed, it ends here. */
  readonly expiresAt: number;
  readonly endedAt: number | null;
  readonly endReason: SessionEndReason | null;
}

/** A session with how and where it was opened, for operators. */
export interface ListedSession extends Session {
  /** When the account proved who it is (`auth_time`), epoch milliseconds; null for sessions from before it was kept. */
  readonly authenticatedAt: number | null;
  /** How: RFC 8176 `amr` values; null for sessions from before they were kept. */
  readonly methods: readonly string[] | null;
  /** The client's address at sign-in; null for sessions from before migration 0013. */
  readonly address: string | null;
  /** The client's User-Agent header at sign-in, at most 256 characters; null where it sent none. */
  readonly userAgent: string | null;
}

export type SessionEndReason =
  | 'signed_out'
  | 'password_changed'
  | 'password_reset'
  | 'email_changed'
  | 'email_change_undone'
  | 'identifier_proved'
  | 'account_disabled'
  | 'revoked'
  | 'refresh_reused'
  | 'totp_changed'
  | 'totp_guessed_out'
  | 'database_restored';

declare const authenticated: unique symbol;

/**
 * Who sent a request: a session that is alive, with the account it belongs to. All that a contract is given of either.
 * Only `auth.authenticate` makes one, so that a flow that takes it acts on the account of the caller.
 */
export interface AuthenticatedSession {
  readonly session: Session;
  readonly account: Account;
  readonly [authenticated]: true;
}

/** What is read of a session for each request. Stays in core: it holds a secret. */
export interface LiveSession {
  readonly session: Session;
  readonly account: Account;
  /** The account's TOTP secret, so that a contract which demands a code with each request reads once. */
  readonly totp: { readonly id: string; readonly secret: Sealed } | undefined;
  /** Wrong codes sent beside its access token since the last right one. */
  readonly wrongCodes: number;
}
