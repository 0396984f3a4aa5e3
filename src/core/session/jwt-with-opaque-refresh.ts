import { digestsEqual, keyedDigest } from '../../crypto/digests.ts';
import { AuthError } from '../errors.ts';
import { type JwtFormatOptions, jwtFormat } from './jwt-format.ts';
import type { SignedTokenFormat } from './token-format.ts';

const HANDLE_BYTES = 32;
const SEAL_BYTES = 16;
/** Base64url of 48 bytes has no unused bits, so that there is one spelling for each token (SEC-053). */
const OPAQUE = /^[A-Za-z0-9_-]{64}$/;

/**
 * Access tokens as JWT, refresh tokens as a handle and a seal that say nothing. The seal ties the handle to this
 * contract: one that another contract's token carries in the open, as a JWT does, is worth nothing here.
 */
export async function jwtWithOpaqueRefresh(options: JwtFormatOptions): Promise<SignedTokenFormat> {
  const { contract, keys, refreshMs } = options;
  const jwt = await jwtFormat({ ...options, refreshMs: 0 });
  const sealKey = keys(`opaque:${contract}:refresh`);
  const sealOf = (handle: Buffer) =>
    keyedDigest(sealKey, handle.toString('base64url')).subarray(0, SEAL_BYTES);

  return {
    ...jwt,
    refreshMs,

    async write(grant) {
      const { handle, issuedAt, sessionExpiresAt } = grant;
      return {
        ...(await jwt.write(grant)),
        refresh: Buffer.concat([handle, sealOf(handle)]).toString('base64url'),
        refreshExpiresAt: Math.min(issuedAt + refreshMs, sessionExpiresAt),
      };
    },

    /** When it stops working only the store knows. */
    async readRefresh(token) {
      if (!OPAQUE.test(token)) throw new AuthError('token_invalid');
      const bytes = Buffer.from(token, 'base64url');
      const handle = bytes.subarray(0, HANDLE_BYTES);
      if (!digestsEqual(sealOf(handle), bytes.subarray(HANDLE_BYTES))) throw new AuthError('token_invalid');
      return handle;
    },
  };
}
