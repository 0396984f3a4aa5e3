import type { TotpSecrets } from './totp-secrets.ts';
import type { TotpCredential, TotpStore } from './totp-store.ts';

const PAGE = 100;

/** Every TOTP secret that another key than the current one sealed. */
export async function* sealedByOthers(store: TotpStore, totp: TotpSecrets): AsyncGenerator<TotpCredential> {
  for (let after = ''; ; ) {
    const page = await store.listSealedByOthers(totp.keyId, { after, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}

/** How many TOTP secrets no key that is known opens. Changes nothing. */
export async function countUnreadableTotp(store: TotpStore, totp: TotpSecrets): Promise<number> {
  let unreadable = 0;
  for await (const credential of sealedByOthers(store, totp)) {
    if (totp.reseal(credential) === undefined) unreadable += 1;
  }
  return unreadable;
}
