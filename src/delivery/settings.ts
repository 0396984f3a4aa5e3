import type { BackoffSettings } from './backoff.ts';

export interface DeliverySettings {
  /** Deliveries of one kind under way at once. Entries are claimed only into free slots, so this is the batch size too. */
  readonly concurrency: number;
  /** How long a claim is ours. After a crash the entry is due again when it ends. */
  readonly leaseMs: number;
  /** How long one delivery may take. Below the lease: a claim never outlives its delivery. */
  readonly deliveryTimeoutMs: number;
  /**
   * Deliveries tried before a message is parked. With the pauses of `backoff` that is some 45 minutes: most
   * messages expire first, and one whose delivery always fails does not come round for ever.
   */
  readonly maxAttempts: number;
  readonly backoff: BackoffSettings;
  /** Between looks at the outbox: for retries that fell due, and for what other processes wrote. */
  readonly pollIntervalMs: number;
  /** A wake waits a random moment between the two; none where `maxMs` is 0. */
  readonly wakeDelay: { readonly minMs: number; readonly maxMs: number };
  /** How long `stop` lets deliveries finish before it ends them. */
  readonly stopGraceMs: number;
}

const DEFAULTS: DeliverySettings = {
  concurrency: 8,
  leaseMs: 30_000,
  deliveryTimeoutMs: 20_000,
  maxAttempts: 50,
  backoff: { baseMs: 1_000, capMs: 120_000 },
  pollIntervalMs: 1_000,
  wakeDelay: { minMs: 20, maxMs: 200 },
  stopGraceMs: 5_000,
};

export function deliverySettings(given: Partial<DeliverySettings> = {}): DeliverySettings {
  const settings = { ...DEFAULTS, ...given };
  if (settings.deliveryTimeoutMs >= settings.leaseMs) {
    throw new Error('a delivery must end before its lease, or two workers would deliver the same message');
  }
  return settings;
}
