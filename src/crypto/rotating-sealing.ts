import { keyedDigest } from './digests.ts';
import type { Random } from './random.ts';
import { createSealing, type Sealing } from './sealing.ts';

/** Sealed bytes, and the name of the key that opens them. */
export interface Sealed {
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

/** Sealing for what outlives its key: new bytes under the current one, old bytes under those before it. */
export interface RotatingSealing {
  readonly keyId: string;
  seal(plain: string, context: string): Sealed;
  /** @throws when no key of ours has that name, or the bytes were changed or sealed for another context. */
  open(sealed: Sealed, context: string): string;
}

const KEY_ID_BYTES = 8;

/** Tells a key from others and nothing about it. */
const nameOf = (key: Buffer): string => keyedDigest(key, 'key id').toString('hex', 0, KEY_ID_BYTES);

/** @param former keys that may still open what they sealed */
export function createRotatingSealing(
  current: Buffer,
  former: readonly Buffer[],
  random: Random,
): RotatingSealing {
  const sealings = new Map<string, Sealing>();
  for (const key of [...former, current]) sealings.set(nameOf(key), createSealing(key, random));
  const keyId = nameOf(current);
  const own = createSealing(current, random);
  return {
    keyId,
    seal: (plain, context) => ({ keyId, bytes: own.seal(plain, context) }),
    open(sealed, context) {
      const sealing = sealings.get(sealed.keyId);
      if (sealing === undefined) throw new Error(`sealed with a key that is not here (${sealed.keyId})`);
      return sealing.open(sealed.bytes, context);
    },
  };
}
