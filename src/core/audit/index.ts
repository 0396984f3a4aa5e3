/**
 * The trail of what happened to accounts. Owns the closed list of events; must not know who reads them.
 * Events of a flow are written in the flow's own transaction: no change without its trace, no trace without it.
 */
import type { ActorName } from './actor.ts';

export { type Actor, type ActorName, actedBy } from './actor.ts';

export const auditEventTypes = [
  'account_created',
  'account_activated',
  'account_disabled',
  'account_enabled',
  'account_deleted',
  'account_updated',
  /** An operator ended the lock after wrong passwords or TOTP codes. */
  'account_unlocked',
  'sign_in_succeeded',
  'sign_in_failed',
  'password_sign_in_off',
  'totp_sign_in_off',
  'signed_out',
  'challenge_issued',
  'challenge_failed',
  'password_changed',
  'password_reset',
  'password_dropped',
  'email_change_requested',
  'email_changed',
  /** The former address was put back by the link that its notice carried. */
  'email_change_undone',
  /** An unproved address went to the account that proved it. */
  'address_released',
  /** Somebody asked for an account with an identifier that this account has, where the contract must not say so. */
  'sign_up_refused',
  'identifier_verified',
  'refresh_reused',
  'sessions_revoked',
  /** A trusted system used the private door; the actor is its key. */
  'private_door_used',
  'totp_enrolled',
  'totp_removed',
  'totp_guessed_out',
  /** The database was restored; the detail counts what was ended. Of no account. */
  'epoch_started',
] as const;

export type AuditEventType = (typeof auditEventTypes)[number];

export interface AuditEvent {
  readonly at: number;
  readonly type: AuditEventType;
  readonly accountId?: string;
  readonly sessionId?: string;
  /** The contract it came through, or `cli`. */
  readonly door: string;
  /**
   * Who acted. Set by every flow that takes an Actor. Absent when the account itself acts with its password, a code, a
   * link or a token, and when the request proves nothing.
   */
  readonly actor?: ActorName;
  /** The client's address, if it came over the network. */
  readonly address?: string;
  /** Small facts that are no secrets, such as the reason of a refusal. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** Which events to read. An absent field does not filter. */
export interface AuditFilter {
  readonly accountId?: string;
  readonly type?: AuditEventType;
  /** Epoch milliseconds. */
  readonly since?: number;
}

export interface AuditStore {
  record(event: AuditEvent): Promise<void>;
  /** Deletes events from before `before`, at most `limit`; returns how many. */
  purge(before: number, limit: number): Promise<number>;
  /** Newest first. `since`: events at this instant (epoch milliseconds) and later. */
  list(options: AuditFilter & { readonly limit: number }): Promise<AuditEvent[]>;
}
