import type { DeletionPace, Storage, Stores } from '../../core/storage.ts';
import type { SqlEngine } from './engines/engine.ts';
import { accountStore } from './stores/accounts.ts';
import { addressUndoStore } from './stores/address-undos.ts';
import { auditStore } from './stores/audit.ts';
import { challengeStore } from './stores/challenges.ts';
import type { Handles } from './stores/handles.ts';
import { lockoutStore } from './stores/lockouts.ts';
import { outboxStore } from './stores/outbox.ts';
import { passwordStore } from './stores/passwords.ts';
import { quotaStore } from './stores/quotas.ts';
import { secretFingerprintStore } from './stores/secret-fingerprint.ts';
import { SessionReads } from './stores/session-reads.ts';
import { sessionStore } from './stores/sessions.ts';
import { totpStore } from './stores/totp.ts';

/** The stores over one SQL engine. Expects a migrated database. */
export class SqlStorage implements Storage {
  readonly accounts: Stores['accounts'];
  readonly addressUndos: Stores['addressUndos'];
  readonly passwords: Stores['passwords'];
  readonly totp: Stores['totp'];
  readonly challenges: Stores['challenges'];
  readonly sessions: Stores['sessions'];
  readonly lockouts: Stores['lockouts'];
  readonly quotas: Stores['quotas'];
  readonly outbox: Stores['outbox'];
  readonly audit: Stores['audit'];
  readonly secretFingerprint: Stores['secretFingerprint'];
  readonly #engine: SqlEngine;
  readonly #sessionReads: SessionReads;

  constructor(engine: SqlEngine) {
    this.#engine = engine;
    this.#sessionReads = new SessionReads(engine);
    const stores = this.#storesOn({ read: engine.read, write: engine.write, engine });
    this.accounts = stores.accounts;
    this.addressUndos = stores.addressUndos;
    this.passwords = stores.passwords;
    this.totp = stores.totp;
    this.challenges = stores.challenges;
    this.sessions = stores.sessions;
    this.lockouts = stores.lockouts;
    this.quotas = stores.quotas;
    this.outbox = stores.outbox;
    this.audit = stores.audit;
    this.secretFingerprint = stores.secretFingerprint;
  }

  async transaction<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    const engine = this.#engine;
    return engine.transaction((transaction) =>
      work(this.#storesOn({ read: transaction, write: transaction, engine })),
    );
  }

  get deletionPace(): DeletionPace {
    return this.#engine.deletionPace;
  }

  async ping(): Promise<void> {
    await this.#engine.read.selectFrom('accounts').select('number').limit(1).execute();
    await this.#engine.assertWritable();
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  #storesOn(handles: Handles): Stores {
    return {
      accounts: accountStore(handles),
      addressUndos: addressUndoStore(handles),
      passwords: passwordStore(handles),
      totp: totpStore(handles),
      challenges: challengeStore(handles),
      sessions: sessionStore(handles, this.#sessionReads),
      lockouts: lockoutStore(handles),
      quotas: quotaStore(handles),
      outbox: outboxStore(handles),
      audit: auditStore(handles),
      secretFingerprint: secretFingerprintStore(handles),
    };
  }
}
