import type { Core } from '../core.ts';

const PAGE = 100;

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
  for (let after = ''; ; ) {
    const page = await storage.totp.listSealedByOthers(totp.keyId, { after, limit: PAGE });
    for (const credential of page) {
      const sealed = totp.reseal(credential);
      if (sealed === undefined) unreadable += 1;
      else if (await storage.totp.reseal(credential, sealed)) resealed += 1;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return { resealed, unreadable };
    after = last.id;
  }
}
