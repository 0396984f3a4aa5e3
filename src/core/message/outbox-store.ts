import type { ChannelKind } from './message.ts';

export interface NewOutboxEntry {
  readonly id: string;
  readonly channel: ChannelKind;
  /** The sealed message. Only who opens it learns whether it is a decoy. */
  readonly sealed: Uint8Array;
  readonly createdAt: number;
  /** Not worth delivering from this instant on. */
  readonly expiresAt: number;
}

export interface ClaimedEntry {
  readonly id: string;
  readonly channel: ChannelKind;
  readonly sealed: Uint8Array;
  /** Deliveries tried, this one included. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A message as operators see it. */
export interface OutboxEntry {
  readonly id: string;
  readonly channel: ChannelKind;
  readonly state: OutboxState;
  /** Null once it is sent or abandoned. */
  readonly sealed: Uint8Array | null;
  readonly attempts: number;
  readonly createdAt: number;
  readonly nextAttemptAt: number;
  readonly expiresAt: number;
  /** When it was sent or abandoned. */
  readonly settledAt: number | null;
  /** Why the last attempt failed. */
  readonly failure: string | null;
}

export type OutboxState = 'pending' | 'sent' | 'abandoned';

/** Messages on their way. At least once: a claim that is neither settled nor renewed falls back to pending. */
export interface OutboxStore {
  /** Inserts `pending`. Called inside the transaction that makes the challenge. */
  add(entry: NewOutboxEntry): Promise<void>;
  /**
   * Takes up to `limit` due entries, of one channel or of any, for this worker until `leaseUntil`, oldest first, counting the attempt.
   * Atomic: two workers never hold one entry at the same time. Entries past `expiresAt` are never claimed.
   */
  claim(options: {
    channel?: ChannelKind;
    now: number;
    leaseUntil: number;
    limit: number;
  }): Promise<ClaimedEntry[]>;
  /** Delivered. Blanks the body. */
  markSent(id: string, now: number): Promise<void>;
  /** Try again at `nextAttemptAt`. `reason` is for operators and never holds the body. */
  markRetry(id: string, options: { nextAttemptAt: number; reason: string }): Promise<void>;
  /** Never again. Blanks the body. */
  markAbandoned(id: string, options: { now: number; reason: string }): Promise<void>;
  /** Gives claims back that were not tried, at shutdown. */
  release(ids: readonly string[]): Promise<void>;
  /** Abandons and blanks everything pending past its `expiresAt`; returns how many. */
  abandonExpired(now: number): Promise<number>;
  /** Deletes sent and abandoned entries created before `before`, at most `limit`; returns how many. */
  purge(before: number, limit: number): Promise<number>;
  /** At most `limit` entries, newest first, settled ones included until they are purged. */
  list(limit: number): Promise<OutboxEntry[]>;
  /** How many entries wait, for the bound on the outbox and for metrics. */
  countPending(): Promise<number>;
}
