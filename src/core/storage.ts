import type { AccountStore, AddressUndoStore } from './account/index.ts';
import type { AuditStore } from './audit/index.ts';
import type { ChallengeStore } from './challenge/challenge-store.ts';
import type { PasswordStore } from './credential/password-store.ts';
import type { TotpStore } from './credential/totp-store.ts';
import type { OutboxStore } from './message/index.ts';
import type { SecretFingerprintStore } from './root-secret.ts';
import type { AccessTokenStore } from './session/access-token-store.ts';
import type { RefreshTokenStore } from './session/refresh-token-store.ts';
import type { SessionStore } from './session/session-store.ts';
import type { LockoutStore } from './throttle/lockout-store.ts';
import type { QuotaStore } from './throttle/quota-store.ts';

/** The union of what the domains ask to have kept. Each interface belongs to its domain. */
export interface Stores {
  readonly accounts: AccountStore;
  readonly addressUndos: AddressUndoStore;
  readonly passwords: PasswordStore;
  readonly totp: TotpStore;
  readonly challenges: ChallengeStore;
  readonly sessions: SessionStore;
  readonly refreshTokens: RefreshTokenStore;
  readonly accessTokens: AccessTokenStore;
  readonly lockouts: LockoutStore;
  readonly quotas: QuotaStore;
  readonly outbox: OutboxStore;
  readonly audit: AuditStore;
  readonly secretFingerprint: SecretFingerprintStore;
}

/** How a large deletion is divided, so that it does not slow down requests. */
export interface DeletionPace {
  /** Rows deleted by one statement. */
  readonly rows: number;
  /** Milliseconds of pause after each statement. */
  readonly pauseMs: number;
  /** Awaited after each statement: finishes its disk work (SQLite's checkpoint) off the event loop. */
  settle(): Promise<void>;
}

/**
 * A database. Calls on the storage itself commit one by one; calls on the stores that `transaction` hands out
 * commit together or not at all. Any call may throw AuthError `storage_unavailable`.
 */
export interface Storage extends Stores {
  /**
   * `work` may run again after a serialisation failure, so it must not do anything but call its stores: no
   * hashing, no network, no mail (decision 3). Throwing rolls back.
   */
  transaction<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
  readonly deletionPace: DeletionPace;
  /** Answers when the database takes reads and writes. @throws AuthError `storage_unavailable` */
  ping(): Promise<void>;
  close(): Promise<void>;
}
