/**
 * The trail of what happened to accounts. Owns the closed list of events; must not know who reads them.
 * Events of a flow are written in the flow's own transaction: no change without its trace, no trace without it.
 */
export type AuditEventType =
  | 'account_created'
  | 'account_activated'
  | 'account_disabled'
  | 'account_enabled'
  | 'account_deleted'
  | 'account_updated'
  | 'sign_in_succeeded'
  | 'sign_in_failed'
  | 'password_sign_in_off'
  | 'totp_sign_in_off'
  | 'signed_out'
  | 'challenge_issued'
  | 'challenge_failed'
  | 'password_changed'
  | 'password_reset'
  | 'password_dropped'
  | 'email_change_requested'
  | 'email_changed'
  /** The former address was put back by the link that its notice carried. */
  | 'email_change_undone'
  /** An unproved address went to the account that proved it. */
  | 'address_released'
  /** Somebody asked for an account with an identifier that this account has, where the contract must not say so. */
  | 'sign_up_refused'
  | 'identifier_verified'
  | 'refresh_reused'
  | 'sessions_revoked'
  /** A trusted system used the private door; the detail names its key. */
  | 'private_door_used'
  | 'totp_enrolled'
  | 'totp_removed'
  | 'totp_guessed_out'
  /** The database was restored; the detail counts what was ended. Of no account. */
  | 'epoch_started';

export interface AuditEvent {
  readonly at: number;
  readonly type: AuditEventType;
  readonly accountId?: string;
  readonly sessionId?: string;
  /** The contract it came through, or `cli`. */
  readonly door: string;
  /** The client's address, if it came over the network. */
  readonly address?: string;
  /** Small facts that are no secrets, such as the reason of a refusal. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

export interface AuditStore {
  record(event: AuditEvent): Promise<void>;
  /** Deletes events from before `before`, at most `limit`; returns how many. */
  purge(before: number, limit: number): Promise<number>;
  /** Newest first. */
  list(options: { accountId?: string; limit: number }): Promise<AuditEvent[]>;
}
