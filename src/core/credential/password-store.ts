export interface PasswordStore {
  /** The stored hash in PHC string format, or undefined for an account without a password. */
  find(accountId: string): Promise<string | undefined>;
  /** Sets or replaces. */
  set(accountId: string, hash: string, now: number): Promise<void>;
  /**
   * Replaces only the hash that was read before: a rehash or a change that lost a race against another change
   * must not undo it (SEC-044). False when somebody else was first.
   */
  replace(accountId: string, options: { from: string; to: string; now: number }): Promise<boolean>;
  /** False where there was none. */
  remove(accountId: string): Promise<boolean>;
}
