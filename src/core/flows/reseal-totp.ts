import type { Core } from '../core.ts';
import { sealedByOthers } from '../credential/index.ts';

/**
 * After the root secret was replaced: seals every TOTP secret with the key of now, so that the former one can be
 * given up. Safe to run at any time, from any process. Answers how many were sealed anew, and how many no key
 * that is known opens.
 */
export async function resealTotp({
  storage,
  totp,
}: Core): Promise<{ readonly resealed: number; readonly unreadable: number }> {
  let resealed = 0;
  let unreadable = 0;
  for await (const credential of sealedByOthers(storage.totp, totp)) {
    const sealed = totp.reseal(credential);
    if (sealed === undefined) unreadable += 1;
    else if (await storage.totp.reseal(credential, sealed)) resealed += 1;
  }
  return { resealed, unreadable };
}

resealTotp.errors = [] as const;
