import type { Account } from '../account/index.ts';
import type { Core } from '../core.ts';
import { assertStrongPassword, type PasswordPolicy } from '../credential/index.ts';
import { passwordCounter } from './steps/attempt-counters.ts';
import { endSessions } from './steps/end-sessions.ts';

export interface PasswordSetting {
  readonly door: string;
  readonly account: Account;
  readonly password: string;
  readonly passwordPolicy: PasswordPolicy;
}

/**
 * An operator sets somebody's password: every session ends, the lockout is cleared.
 * @throws AuthError `password_weak`, `overloaded`
 */
export async function setPassword(core: Core, setting: PasswordSetting): Promise<void> {
  const { door, account, password, passwordPolicy } = setting;
  assertStrongPassword(password, passwordPolicy, account);
  const hash = await core.passwords.hash(password);
  await core.storage.transaction(async (stores) => {
    const now = core.clock.now();
    await stores.passwords.set(account.id, hash, now);
    await endSessions(stores, account.id, { now, reason: 'password_reset' });
    await stores.lockouts.clear(passwordCounter(account.id), now);
    await stores.audit.record({ at: now, type: 'password_reset', accountId: account.id, door });
  });
}
