import type { Core } from '../core.ts';
import { passwordCounter, totpCounter } from '../throttle/index.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';
import { endSessions } from './steps/end-sessions.ts';

/**
 * Gives the account a TOTP secret, in the place of the one it may have had. Every session ends: one that was opened
 * with less, or with a device that is gone, is no longer worth what it was.
 *
 * @returns the secret in base32, which nobody can read again afterwards
 * @throws AuthError `account_gone`
 */
export async function enrollTotp(
  core: Core,
  act: Act,
): Promise<{ readonly secret: string; readonly replaced: boolean }> {
  const { secret, credential } = core.totp.make();
  const replaced = await actOnAccount(core, act, async ({ stores, account, now, record }) => {
    const former = await stores.totp.find(account.id);
    await stores.totp.set({ ...credential, accountId: account.id, enrolledAt: now });
    await endSessions(stores, account.id, { now, reason: 'totp_changed' });
    // Guesses at the former secret say nothing about the new one.
    await stores.lockouts.clear(totpCounter(passwordCounter(account.id)), now);
    await record({ type: 'totp_enrolled' });
    return former !== undefined;
  });
  return { secret, replaced };
}

enrollTotp.errors = ['account_gone'] as const;
