import type { BackoffSettings } from './backoff.ts';

export interface DeliverySettings {
  /** Deliveries of one kind under way at once. Entries are claimed only into free slots, so this is the batch size too. */
  readonly concurrency: number;
  /** How long a claim holds. After a crash of its process the message is due again when it ends, at the latest. */
  readonly leaseMs: number;
  /** How often a delivery under way renews its claim: several times in each lease. */
  readonly renewalMs: number;
  /** How long one delivery may take. */
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
  leaseMs: 8_000,
  renewalMs: 2_000,
  deliveryTimeoutMs: 20_000,
  maxAttempts: 50,
  backoff: { baseMs: 1_000, capMs: 120_000 },
  pollIntervalMs: 1_000,
  wakeDelay: { minMs: 20, maxMs: 200 },
  stopGraceMs: 5_000,
};

export function deliverySettings(given: Partial<DeliverySettings> = {}): DeliverySettings {
  const settings = { ...DEFAULTS, ...given };
  if (settings.renewalMs >= settings.leaseMs) {
    throw new Error('a claim must be renewed before it ends, or two workers would deliver the same message');
  }
  return settings;
}
