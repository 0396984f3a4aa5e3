import type { HashPlace, PasswordHashing } from '../../crypto/password-hashing.ts';
import { AuthError } from '../errors.ts';
import { canonicalPassword } from './password-rules.ts';

/**
 * Hashing costs 20 ms of a core, so there is a bounded number of places for it. What cannot be served in time is
 * refused at once and has tried nothing (SEC-099).
 */
export class PasswordHasher {
  readonly #hashing: PasswordHashing;

  constructor(hashing: PasswordHashing) {
    this.#hashing = hashing;
  }

  /** For the start of a request, before anything is looked up. @throws AuthError `overloaded` */
  assertRoom(): void {
    if (!this.#hashing.hasRoom()) throw this.#overloaded();
  }

  /** Dispose what it returns. @throws AuthError `overloaded` */
  admit(): HashPlace {
    const place = this.#hashing.admit();
    if (place === undefined) throw this.#overloaded();
    return {
      hash: (password) => place.hash(canonicalPassword(password)),
      verify: (password, hash) => place.verify(canonicalPassword(password), hash),
      [Symbol.dispose]: () => place[Symbol.dispose](),
    };
  }

  /** Hashes in a place of its own. @throws AuthError `overloaded` */
  async hash(password: string): Promise<string> {
    using place = this.admit();
    return await place.hash(password);
  }

  isOutdated(hash: string): boolean {
    return this.#hashing.isOutdated(hash);
  }

  #overloaded(): AuthError {
    return new AuthError('overloaded', { retryAfterMs: this.#hashing.retryAfterMs() });
  }
}
