/**
 * What `latchkey doctor` reads of a database on which the server may be unable to start, such as one of another secret.
 * Changes nothing.
 */
import { countUnreadableTotp, type TotpSecrets } from './credential/index.ts';
import type { Storage } from './storage.ts';

export interface Diagnostics {
  /** Begins a transaction as every write does, and writes nothing. @throws AuthError `storage_unavailable` */
  assertWritable(): Promise<void>;
  /** All accounts, pending ones too. */
  countAccounts(): Promise<number>;
  /** Of the secret that the database is used with; undefined before the first start. */
  findSecretFingerprint(): Promise<string | undefined>;
  /** How many TOTP secrets these keys do not open. */
  countUnreadableTotp(totp: TotpSecrets): Promise<number>;
}

/** @returns `diagnostics` of an open database */
export function createDiagnostics(storage: Storage): Diagnostics {
  return {
    assertWritable: () => storage.transaction(async () => {}),
    countAccounts: () => storage.accounts.count(),
    findSecretFingerprint: () => storage.secretFingerprint.find(),
    countUnreadableTotp: (totp) => countUnreadableTotp(storage.totp, totp),
  };
}
