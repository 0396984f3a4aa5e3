/**
 * What every storage engine must hold, whatever it is made of: each obligation that core's store interfaces state,
 * as tests. An engine's own test file calls `runStorageConformance`; what the engine cannot do is skipped with a
 * reason. Owns guarantees; must not know any engine, SQL included.
 */
import { describe } from 'node:test';
import { accessTokens } from './access-tokens.ts';
import { accountChanges } from './account-changes.ts';
import { accounts } from './accounts.ts';
import { addressUndos } from './address-undos.ts';
import { audit } from './audit.ts';
import { challenges } from './challenges.ts';
import { lockouts } from './lockouts.ts';
import { outbox } from './outbox.ts';
import { passwords } from './passwords.ts';
import { pendingSignUps } from './pending-sign-ups.ts';
import { processes } from './processes.ts';
import { purging } from './purging.ts';
import { quotas } from './quotas.ts';
import { races } from './races.ts';
import { refreshTokens } from './refresh-tokens.ts';
import { secretFingerprint } from './secret-fingerprint.ts';
import { sessions } from './sessions.ts';
import { createSuite, type StorageConformanceOptions } from './suite.ts';
import { texts } from './texts.ts';
import { totp } from './totp.ts';
import { transactions } from './transactions.ts';

export type { Capability, OpenedStorage, StorageConformanceOptions } from './suite.ts';

const parts = {
  accounts,
  'account changes': accountChanges,
  'pending sign-ups': pendingSignUps,
  'address undos': addressUndos,
  passwords,
  totp,
  challenges,
  sessions,
  'refresh tokens': refreshTokens,
  'access tokens': accessTokens,
  lockouts,
  quotas,
  outbox,
  audit,
  'secret fingerprint': secretFingerprint,
  purging,
  texts,
  transactions,
  races,
  processes,
};

export function runStorageConformance(options: StorageConformanceOptions): void {
  const suite = createSuite(options);
  describe(`storage on ${options.name}`, () => {
    for (const [name, define] of Object.entries(parts)) {
      describe(name, () => define(suite));
    }
  });
}
