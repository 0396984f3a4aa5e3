import type { Account } from '../account/index.ts';
import type { Core } from '../core.ts';
import { assertStrongPassword, type PasswordPolicy } from '../credential/index.ts';
import { passwordCounter } from '../throttle/index.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';
import { endSessions } from './steps/end-sessions.ts';

export interface PasswordSetting extends Act {
  readonly account: Account;
  readonly password: string;
  readonly passwordPolicy: PasswordPolicy;
}

/**
 * An operator sets the password of an account: every session ends, the lockout is cleared.
 * @throws AuthError `account_gone`, `password_weak`, `overloaded`
 */
export async function setPassword(core: Core, setting: PasswordSetting): Promise<void> {
  const { password, passwordPolicy } = setting;
  assertStrongPassword(password, passwordPolicy, setting.account);
  const hash = await core.passwords.hash(password);
  await actOnAccount(core, setting, async ({ stores, account, now, record }) => {
    await stores.passwords.set(account.id, hash, now);
    await endSessions(stores, account.id, { now, reason: 'password_reset' });
    await stores.lockouts.clear(passwordCounter(account.id), now);
    await record({ type: 'password_reset' });
  });
}

setPassword.errors = ['account_gone', 'password_weak', 'overloaded'] as const;
