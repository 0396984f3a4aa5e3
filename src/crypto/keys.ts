import { hkdfSync } from 'node:crypto';

/**
 * Every key Latchkey uses, derived from the one root secret by HKDF-SHA256 (RFC 5869) with the purpose as
 * `info`: a key for one purpose tells nothing about another, and no two purposes can share one (SEC-055).
 */
export type KeyPurpose =
  /** Keyed digests of six-digit codes, which are too short for a plain hash. */
  | 'challenge-code'
  /** Names of counters for identifiers that no account has. */
  | 'identifier-name'
  /** Sealed message bodies in the outbox. */
  | 'outbox'
  /** Names of recipients in the outbox. */
  | 'outbox-recipient'
  /** The successor of a refresh token, so that a repeated exchange gets the same bytes on every process. */
  | 'refresh-successor'
  /** Not a key: the fingerprint by which the database recognises its root secret. */
  | 'secret-fingerprint'
  /** Sealed TOTP secrets. */
  | 'totp-secret'
  /** Opaque tokens: seals on them, and those that are derived from the handle of their grant. */
  | `opaque:${string}:${'access' | 'refresh' | 'dead'}`
  /** JWT signatures, one key for each contract and kind of token. */
  | `jwt:${string}:${'access' | 'refresh'}`;

export type KeyRing = (purpose: KeyPurpose) => Buffer;

/** The fingerprint of a root secret, which the database stores. The secret cannot be computed from it. */
export const fingerprintOf = (keys: KeyRing): string => keys('secret-fingerprint').toString('hex');

/** @param root at least 32 bytes; config/secrets.ts sees to it. */
export function createKeyRing(root: Uint8Array): KeyRing {
  const derived = new Map<KeyPurpose, Buffer>();
  return (purpose) => {
    const known = derived.get(purpose);
    if (known !== undefined) return known;
    const key = Buffer.from(hkdfSync('sha256', root, 'latchkey/v1', purpose, 32));
    derived.set(purpose, key);
    return key;
  };
}
