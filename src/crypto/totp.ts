import { Secret, TOTP } from 'otpauth';
import type { Random } from './random.ts';
import { canonicalCode, isSixDigits } from './typed-code.ts';

/** RFC 6238 as every authenticator app speaks it: HMAC-SHA-1, six digits, steps of 30 seconds. */
const SHAPE = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
const STEP_MS = SHAPE.period * 1000;
/** RFC 4226 §4: as long as the hash. */
const SECRET_BYTES = 20;
/** RFC 6238 §5.2: at most one step of delay, and a device's clock may be ahead as well. */
const DRIFT_STEPS = 1;

/** A new secret in base32 without padding, as people type it into a device. */
export function makeTotpSecret(random: Random): string {
  return new Secret({ buffer: Uint8Array.from(random.bytes(SECRET_BYTES)).buffer }).base32;
}

/** The time step that an instant (epoch milliseconds) is in. */
export const totpStepAt = (now: number): number => Math.floor(now / STEP_MS);

/** The newest step whose code a device may show now. */
export const newestTotpStepAt = (now: number): number => totpStepAt(now) + DRIFT_STEPS;

/** What a device shows at an instant. */
export function totpAt(secret: string, now: number): string {
  return TOTP.generate({ ...SHAPE, secret: Secret.fromBase32(secret), timestamp: now });
}

/**
 * The step whose code this is, however it was typed, inside the drift window. Compared in constant time, every step of
 * it always.
 */
export function matchingTotpStep(secret: string, code: string, now: number): number | undefined {
  if (!isSixDigits(code)) return undefined;
  const delta = TOTP.validate({
    ...SHAPE,
    secret: Secret.fromBase32(secret),
    token: canonicalCode(code),
    timestamp: now,
    window: DRIFT_STEPS,
  });
  return delta === null ? undefined : totpStepAt(now) + delta;
}

/** What a QR code for authenticator apps says. */
export function totpUri(secret: string, { issuer, account }: { issuer: string; account: string }): string {
  return new TOTP({ ...SHAPE, issuer, label: account, secret }).toString();
}
