import type { TotpSecrets } from './totp-secrets.ts';
import type { TotpCredential, TotpStore } from './totp-store.ts';

const PAGE = 100;

/** TOTP secrets that were not sealed with the current key. */
export async function* sealedByOthers(store: TotpStore, totp: TotpSecrets): AsyncGenerator<TotpCredential> {
  for (let after = ''; ; ) {
    const page = await store.listSealedByOthers(totp.keyId, { after, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}

/** Counts TOTP secrets that neither the current nor a previous key opens. */
export async function countUnreadableTotp(store: TotpStore, totp: TotpSecrets): Promise<number> {
  let unreadable = 0;
  for await (const credential of sealedByOthers(store, totp)) {
    if (totp.reseal(credential) === undefined) unreadable += 1;
  }
  return unreadable;
}
