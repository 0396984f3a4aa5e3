import type { JobKind } from './job.ts';

/** A job to add. Instants are epoch milliseconds. */
export interface NewOutboxEntry {
  readonly id: string;
  readonly kind: JobKind;
  /** The sealed payload. Only the process that opens it learns whether it is a decoy. */
  readonly sealed: Uint8Array;
  /** Keyed digest of the recipient: one job for each recipient is delivered at a time, in order of arrival. */
  readonly recipient?: string;
  /** The challenge whose code or link it carries: once that is replaced, cancelled or used, the job is dropped. */
  readonly challengeId?: string;
  readonly createdAt: number;
  /** Not worth delivering from this instant on. */
  readonly expiresAt: number;
}

/** A job that one process delivers. */
export interface ClaimedEntry {
  readonly id: string;
  readonly kind: JobKind;
  readonly sealed: Uint8Array;
  /** Deliveries tried, this one included. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The challenge whose secret it carries has been replaced, cancelled or used. */
  readonly isDead: boolean;
}

/** Which jobs to claim, for how long. */
export interface ClaimOptions {
  /** Any when absent. */
  readonly kind?: JobKind;
  /** Names the process that claims. */
  readonly owner: string;
  readonly now: number;
  readonly leaseUntil: number;
  readonly limit: number;
}

/** A message of the outbox, for operators. */
export interface OutboxEntry {
  readonly id: string;
  readonly kind: JobKind;
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

/** The jobs that wait. Each is delivered at least once: a claim that is neither settled nor renewed falls back to pending. */
export interface OutboxStore {
  /** Inserts `pending`. Called inside the transaction that makes the challenge. */
  add(entry: NewOutboxEntry): Promise<void>;
  /**
   * Takes up to `limit` due entries for `owner` until `leaseUntil`, oldest first, counting the attempt. Atomic: two
   * workers never hold one entry, nor two entries of one recipient, at the same time. Of a recipient's due entries the
   * oldest is taken first; one that waits for its next attempt holds up no other. Entries past `expiresAt` are never
   * claimed.
   */
  claim(options: ClaimOptions): Promise<ClaimedEntry[]>;
  /** Holds a claim of `owner` until `leaseUntil`; does nothing to one that is not its own any more. */
  renew(id: string, options: { owner: string; leaseUntil: number }): Promise<void>;
  /** The processes that hold claims, dead ones included. */
  claimOwners(): Promise<string[]>;
  /** Makes what a dead process has claimed due again, with its attempts counted; returns how many. */
  releaseAllOf(owner: string): Promise<number>;
  /** Delivered. Blanks the body. */
  markSent(id: string, now: number): Promise<void>;
  /**
   * Try again at `nextAttemptAt`; does nothing to a claim that is not `owner`'s any more. `reason` is for operators and
   * never holds the body.
   */
  markRetry(id: string, options: { owner: string; nextAttemptAt: number; reason: string }): Promise<void>;
  /** Never again. Blanks the body. */
  markAbandoned(id: string, options: { now: number; reason: string }): Promise<void>;
  /** Gives claims back that were not tried, at shutdown. */
  release(ids: readonly string[], owner: string): Promise<void>;
  /** Abandons and blanks everything pending past its `expiresAt`; returns how many. */
  abandonExpired(now: number): Promise<number>;
  /** Deletes sent and abandoned entries created before `before`, at most `limit`; returns how many. */
  purge(before: number, limit: number): Promise<number>;
  /** At most `limit` entries, newest first, with sent and abandoned ones until they are purged. */
  list(limit: number): Promise<OutboxEntry[]>;
  /** How many entries wait, for the bound on the outbox and for metrics. */
  countPending(): Promise<number>;
}
