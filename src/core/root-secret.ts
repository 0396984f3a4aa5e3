/**
 * Which root secret a database is used with. A process with another one would make TOTP secrets, codes and tokens that
 * no other process can read, and say that all is well.
 */
export interface SecretFingerprintStore {
  /** Undefined until a secret is recorded. */
  find(): Promise<string | undefined>;
  /** True for the one caller that records the first. @param at epoch milliseconds */
  record(fingerprint: string, at: number): Promise<boolean>;
  /** True for one caller, if `from` is what is recorded. @param at epoch milliseconds */
  replace(from: string, to: string, at: number): Promise<boolean>;
}

export interface SecretFingerprints {
  readonly current: string;
  /** Of the secrets that the operator says it has replaced. */
  readonly previous: readonly string[];
}

/**
 * Records the secret of a database that has none yet, or whose recorded one is a previous one. Answers whether the secret
 * is the recorded one now. Safe to call from several processes at once: whoever meets a change looks again.
 * @param now epoch milliseconds
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
