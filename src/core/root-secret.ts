/**
 * Keeps a fingerprint of the database's root secret. A process with another secret would write TOTP secrets, codes and
 * tokens that no other process can read, without an error.
 */
export interface SecretFingerprintStore {
  /** Undefined until a secret is recorded. */
  find(): Promise<string | undefined>;
  /** Records the first fingerprint. False when there is one already. @param at epoch milliseconds */
  record(fingerprint: string, at: number): Promise<boolean>;
  /** Replaces `from` with `to`. False when another fingerprint is recorded. @param at epoch milliseconds */
  replace(from: string, to: string, at: number): Promise<boolean>;
}

export interface SecretFingerprints {
  readonly current: string;
  /** Of the secrets in LATCHKEY_PREVIOUS_SECRETS. */
  readonly previous: readonly string[];
}

/**
 * Records `current` when the database has no fingerprint yet, or that of a previous secret. Several processes may call it
 * at once: a process whose write was overtaken reads again.
 * @param now epoch milliseconds
 * @returns whether the recorded fingerprint is `current` afterwards
 */
export async function acceptSecret(
  store: SecretFingerprintStore,
  { current, previous }: SecretFingerprints,
  now: number,
): Promise<boolean> {
  for (;;) {
    const recorded = await store.find();
    if (recorded === current) return true;
    if (recorded === undefined) {
      if (await store.record(current, now)) return true;
    } else if (!previous.includes(recorded)) {
      return false;
    } else if (await store.replace(recorded, current, now)) {
      return true;
    }
  }
}
