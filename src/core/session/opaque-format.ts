import { digest, keyedDigest } from '../../crypto/digests.ts';
import type { KeyRing } from '../../crypto/keys.ts';
import { AuthError } from '../errors.ts';
import type { Grant, StoredTokenFormat } from './token-format.ts';

export interface OpaqueFormatOptions {
  readonly contract: string;
  readonly accessMs: number;
  readonly refreshMs: number;
  readonly keys: KeyRing;
}

const ACCESS = /^a\.[0-9a-f]{64}$/;
const REFRESH = /^r\.[0-9a-f]{64}$/;
const DEAD_BYTES = 16;

/**
 * Tokens that say nothing: `a.` and 256 bits for access, `r.` and 256 bits for a refresh that its client keeps. A
 * refresh hands out a `d.` in the place of another `r.`: it is stored nowhere and read by nobody.
 */
export function opaqueFormat(options: OpaqueFormatOptions): StoredTokenFormat {
  const { contract, keys, accessMs, refreshMs } = options;
  // Keyed, so that whoever sees one token of a grant cannot compute another.
  const accessKey = keys(`opaque:${contract}:access`);
  const deadKey = keys(`opaque:${contract}:dead`);
  const named = (handle: Buffer): string => handle.toString('hex');
  const accessOf = (handle: Buffer): string => `a.${keyedDigest(accessKey, named(handle)).toString('hex')}`;
  const deadOf = (handle: Buffer): string =>
    `d.${keyedDigest(deadKey, named(handle)).toString('hex', 0, DEAD_BYTES)}`;
  const issued = ({ handle, issuedAt, sessionExpiresAt }: Grant) => ({
    issuedAt,
    access: accessOf(handle),
    accessExpiresAt: Math.min(issuedAt + accessMs, sessionExpiresAt),
  });

  return {
    access: 'stored',
    refresh: 'reusable',
    accessMs,
    refreshMs,
    accessDigest: (handle) => digest(accessOf(handle)),

    async write(grant) {
      const refreshExpiresAt = Math.min(grant.issuedAt + refreshMs, grant.sessionExpiresAt);
      return { ...issued(grant), refresh: `r.${named(grant.handle)}`, refreshExpiresAt };
    },

    async writeRefreshed(grant) {
      return { ...issued(grant), refresh: deadOf(grant.handle) };
    },

    async readAccess(token) {
      if (!ACCESS.test(token)) throw new AuthError('token_invalid');
      return digest(token);
    },

    async readRefresh(token) {
      if (!REFRESH.test(token)) throw new AuthError('token_invalid');
      return Buffer.from(token.slice(2), 'hex');
    },
  };
}
