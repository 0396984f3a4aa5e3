import type { HashParameters } from '../../src/crypto/password-hashing.ts';

/** The least work that argon2 accepts: 0.1 ms instead of 20, for tests that need a hash and not its strength. */
export const cheapHashes: HashParameters = { memoryKiB: 8, iterations: 1, lanes: 1 };
