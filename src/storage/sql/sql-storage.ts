import type { Storage, Stores } from '../../core/storage.ts';
import type { SqlEngine } from './engines/engine.ts';
import { accessTokenStore } from './stores/access-tokens.ts';
import { accountStore } from './stores/accounts.ts';
import { addressUndoStore } from './stores/address-undos.ts';
import { auditStore } from './stores/audit.ts';
import { challengeStore } from './stores/challenges.ts';
import type { Handles } from './stores/handles.ts';
import { LiveSessions } from './stores/live-sessions.ts';
import { lockoutStore } from './stores/lockouts.ts';
import { outboxStore } from './stores/outbox.ts';
import { passwordStore } from './stores/passwords.ts';
import { quotaStore } from './stores/quotas.ts';
import { refreshTokenStore } from './stores/refresh-tokens.ts';
import { secretFingerprintStore } from './stores/secret-fingerprint.ts';
import { sessionStore } from './stores/sessions.ts';
import { totpStore } from './stores/totp.ts';

/** The stores of one database. This is the one list of them: a store that is missing here does not compile. */
function storesOn(handles: Handles, liveSessions: LiveSessions): Stores {
  return {
    accounts: accountStore(handles),
    addressUndos: addressUndoStore(handles),
    passwords: passwordStore(handles),
    totp: totpStore(handles),
    challenges: challengeStore(handles),
    sessions: sessionStore(handles, liveSessions),
    refreshTokens: refreshTokenStore(handles),
    accessTokens: accessTokenStore(handles, liveSessions),
    lockouts: lockoutStore(handles),
    quotas: quotaStore(handles),
    outbox: outboxStore(handles),
    audit: auditStore(handles),
    secretFingerprint: secretFingerprintStore(handles),
  };
}

/**
 * The storage over one SQL engine.
 * @param engine with a database that is migrated; `close` of the storage closes it
 */
export function sqlStorage(engine: SqlEngine): Storage {
  const liveSessions = new LiveSessions(engine);
  return {
    ...storesOn({ read: engine.read, write: engine.write, engine }, liveSessions),

    transaction: (work) =>
      engine.transaction((transaction) =>
        work(storesOn({ read: transaction, write: transaction, engine }, liveSessions)),
      ),

    deletionPace: engine.deletionPace,

    async ping() {
      await engine.read.selectFrom('accounts').select('number').limit(1).execute();
      await engine.assertWritable();
    },

    close: () => engine.close(),
  };
}
