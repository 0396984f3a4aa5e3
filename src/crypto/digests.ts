import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a secret that has 256 bits of its own: refresh tokens, link tokens. */
export function digest(secret: string | Uint8Array): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** HMAC-SHA256, for secrets that are short enough to be guessed from a plain hash, and for derived ones. */
export function keyedDigest(key: Uint8Array, ...parts: readonly string[]): Buffer {
  const hmac = createHmac('sha256', key);
  // Length-prefixed, so that ('ab', 'c') and ('a', 'bc') differ.
  for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:${part};`);
  return hmac.digest();
}

/** Constant-time comparison of two digests. */
export function digestsEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
