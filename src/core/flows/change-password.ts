import { verifyCurrentPassword } from '../authentication/password.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { assertChanged, assertStrongPassword } from '../credential/index.ts';
import { AuthError } from '../errors.ts';
import type { AuthenticatedSession } from '../session/index.ts';
import type { Permit } from '../throttle/index.ts';
import { endSessions } from './steps/end-sessions.ts';

export interface PasswordChange {
  readonly contract: ContractPolicy;
  readonly permit: Permit<'sign_in'>;
  readonly live: AuthenticatedSession;
  readonly currentPassword: string;
  readonly newPassword: string;
}

/**
 * Replaces the password, ends every session but the one that asked, and kills codes and links under way.
 * @throws AuthError `password_absent`, `password_incorrect`, `account_locked`, `overloaded`, `password_weak`
 */
export async function changePassword(core: Core, change: PasswordChange): Promise<void> {
  const { contract, permit, live, currentPassword, newPassword } = change;
  const { account, session } = live;
  const claim = { contract, client: permit.client, account, password: currentPassword };
  await using verified = await verifyCurrentPassword(core, claim);
  assertChanged(currentPassword, newPassword, contract.passwordPolicy);
  assertStrongPassword(newPassword, contract.passwordPolicy, account);
  const hash = await verified.rehash(newPassword);
  await core.storage.transaction(async (stores) => {
    const now = core.clock.now();
    const replaced = await stores.passwords.replace(account.id, { from: verified.hash, to: hash, now });
    // A parallel change was faster; the password that was verified is no longer the current one.
    if (!replaced) throw new AuthError('password_incorrect');
    await endSessions(stores, account.id, { now, reason: 'password_changed', keep: session.id });
    await stores.audit.record({
      at: now,
      type: 'password_changed',
      accountId: account.id,
      sessionId: session.id,
      door: contract.name,
      address: permit.client.address,
    });
    await verified.succeed(stores);
  });
}

changePassword.errors = [
  'password_absent',
  'password_incorrect',
  'account_locked',
  'overloaded',
  'password_weak',
] as const;
