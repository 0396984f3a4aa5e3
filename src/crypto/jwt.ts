import { webcrypto } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { JOSEError, JWSSignatureVerificationFailed, JWTExpired } from 'jose/errors';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';

export type JwtKey = webcrypto.CryptoKey;

export interface JwtExpectations {
  readonly issuer: string;
  readonly audience: string;
  /** Claims that must be there, as texts, besides `exp` and `iat`, which always must. */
  readonly required: readonly string[];
  /** Epoch milliseconds. Our own tokens get no leeway: one clock wrote and reads them. */
  readonly now: number;
}

export type JwtReading =
  | { readonly kind: 'valid'; readonly claims: JWTPayload }
  /** Genuine, but its time is over. */
  | { readonly kind: 'expired' }
  /** The signature is not of this key: another key may know it. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'invalid' };

/** A signature of 32 bytes takes 43 characters of base64url, the last of which has unused bits. */
const COMPACT = /^[A-Za-z0-9_-]{1,1024}\.[A-Za-z0-9_-]{1,4096}\.[A-Za-z0-9_-]{43}$/;

/** HS256 only (RFC 8725 §3.1): the algorithm is a property of the key, never of the token's header. */
export async function importJwtKey(secret: Uint8Array): Promise<JwtKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return webcrypto.subtle.importKey('raw', Uint8Array.from(secret), algorithm, false, ['sign', 'verify']);
}

/** Deterministic: the same claims make the same bytes. */
export async function signJwt(claims: JWTPayload, key: JwtKey): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key);
}

/** One spelling for one signature, so that a token cannot be respelled (SEC-053). */
function isCanonical(token: string): boolean {
  if (!COMPACT.test(token)) return false;
  const signature = token.slice(-43);
  return Buffer.from(signature, 'base64url').toString('base64url') === signature;
}

/** Issued later than now: the clock was set back, and the token would live longer than it should (SEC-049, SEC-098). */
const FUTURE_TOLERATED_S = 60;

const isInstant = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

/** Never throws for anything a client can send. */
export async function readJwt(token: string, key: JwtKey, expected: JwtExpectations): Promise<JwtReading> {
  if (!isCanonical(token)) return { kind: 'invalid' };
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      typ: 'JWT',
      issuer: expected.issuer,
      audience: expected.audience,
      requiredClaims: ['exp', 'iat', ...expected.required],
      currentDate: new Date(expected.now),
      clockTolerance: 0,
    });
    const dated = isInstant(payload.exp) && isInstant(payload.iat);
    const early = Number(payload.iat) > expected.now / 1000 + FUTURE_TOLERATED_S;
    const texts = ['aud', 'iss', ...expected.required].every((name) => typeof payload[name] === 'string');
    return dated && texts && !early ? { kind: 'valid', claims: payload } : { kind: 'invalid' };
  } catch (error) {
    if (error instanceof JWTExpired) return { kind: 'expired' };
    if (error instanceof JWSSignatureVerificationFailed) return { kind: 'foreign' };
    if (error instanceof JOSEError) return { kind: 'invalid' };
    throw error;
  }
}
