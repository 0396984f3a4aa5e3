import { LRUCache } from 'lru-cache';
import { keyedDigest } from '../../crypto/digests.ts';
import { importJwtKey, type JwtKey, readJwt, signJwt } from '../../crypto/jwt.ts';
import type { KeyRing } from '../../crypto/keys.ts';
import { AuthError } from '../errors.ts';
import type { AccessClaims, Grant, SignedTokenFormat } from './token-format.ts';

export interface JwtFormatOptions {
  /** Also the audience: a token is for the contract that issued it. */
  readonly contract: string;
  readonly issuer: string;
  readonly accessMs: number;
  readonly refreshMs: number;
  readonly keys: KeyRing;
  /** Claims that the contract's documentation adds. Pure. */
  readonly contractClaims: (grant: Grant, kind: 'access' | 'refresh') => Record<string, unknown>;
}

/** About 700 bytes each. */
const VERIFIED_TOKENS_KEPT = 10_000;
const HANDLE_BYTES = 32;

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Access and refresh tokens as JWT, HS256, under one key for each kind. */
export async function jwtFormat(options: JwtFormatOptions): Promise<SignedTokenFormat> {
  const { contract, issuer, keys } = options;
  const accessKey = await importJwtKey(keys(`jwt:${contract}:access`));
  const refreshKey = await importJwtKey(keys(`jwt:${contract}:refresh`));
  // A verification costs ten times what the rest of a token check does, so it is paid once a token. Only what the
  // text alone decides is kept; expiry is compared and the session read every time. Named by the whole text, so that
  // no two tokens can be taken for each other (decision 0009).
  const verified = new LRUCache<string, AccessClaims & { readonly expiresAt: number }>({
    max: VERIFIED_TOKENS_KEPT,
  });

  function read(token: string, key: JwtKey, now: number) {
    return readJwt(token, key, { issuer, audience: contract, required: ['sub', 'sid', 'jti'], now });
  }

  return {
    access: 'signed',
    refresh: 'single_use',
    accessMs: options.accessMs,
    refreshMs: options.refreshMs,

    async write(grant) {
      const { accountId, sessionId, handle, issuedAt, sessionExpiresAt } = grant;
      const accessExpiresAt = Math.min(issuedAt + options.accessMs, sessionExpiresAt);
      const refreshExpiresAt = Math.min(issuedAt + options.refreshMs, sessionExpiresAt);
      const common = { iat: seconds(issuedAt), sub: accountId, sid: sessionId, iss: issuer, aud: contract };
      const accessClaims = {
        ...options.contractClaims(grant, 'access'),
        ...common,
        exp: seconds(accessExpiresAt),
        jti: keyedDigest(handle, 'access').toString('base64url', 0, 16),
      };
      if (options.refreshMs === 0) {
        return { issuedAt, access: await signJwt(accessClaims, accessKey), accessExpiresAt };
      }
      const refreshClaims = {
        ...options.contractClaims(grant, 'refresh'),
        ...common,
        exp: seconds(refreshExpiresAt),
        jti: handle.toString('base64url'),
      };
      const [access, refresh] = await Promise.all([
        signJwt(accessClaims, accessKey),
        signJwt(refreshClaims, refreshKey),
      ]);
      return { issuedAt, access, accessExpiresAt, refresh, refreshExpiresAt };
    },

    async readAccess(token, now) {
      const known = verified.get(token);
      if (known !== undefined) {
        if (known.expiresAt > now) return known;
        throw new AuthError('token_expired');
      }
      const reading = await read(token, accessKey, now);
      if (reading.kind === 'valid') {
        const { sub = '', sid, exp = 0 } = reading.claims;
        const claims = { accountId: sub, sessionId: String(sid), expiresAt: exp * 1000 };
        verified.set(token, claims);
        return claims;
      }
      if (reading.kind === 'expired') throw new AuthError('token_expired');
      // Worth a look only to tell the developer who mixed the two up; it opens nothing either way.
      const isRefresh = reading.kind === 'foreign' && (await read(token, refreshKey, now)).kind === 'valid';
      throw new AuthError(isRefresh ? 'token_wrong_kind' : 'token_invalid');
    },

    async readRefresh(token, now) {
      const reading = await read(token, refreshKey, now);
      if (reading.kind === 'expired') throw new AuthError('token_expired');
      if (reading.kind !== 'valid') throw new AuthError('token_invalid');
      const handle = Buffer.from(reading.claims.jti ?? '', 'base64url');
      if (handle.byteLength !== HANDLE_BYTES) throw new AuthError('token_invalid');
      return handle;
    },
  };
}
