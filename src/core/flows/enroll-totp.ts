import type { Account } from '../account/index.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import { passwordCounter, totpCounter } from './steps/attempt-counters.ts';

interface Enrollment {
  /** Who does it, for the audit trail. */
  readonly door: string;
  readonly account: Account;
}

/**
 * Gives the account a TOTP secret, in the place of the one it may have had. Every session ends: one that was opened
 * with less, or with a device that is gone, is no longer worth what it was.
 *
 * @returns the secret in base32, which nobody can read again afterwards
 * @throws AuthError `account_gone`
 */
export async function enrollTotp(
  core: Core,
  { door, account }: Enrollment,
): Promise<{ readonly secret: string; readonly replaced: boolean }> {
  const { secret, credential } = core.totp.make();
  const replaced = await core.storage.transaction(async (stores) => {
    if ((await stores.accounts.findById(account.id)) === undefined) throw new AuthError('account_gone');
    const now = core.clock.now();
    const former = await stores.totp.find(account.id);
    await stores.totp.set({ ...credential, accountId: account.id, enrolledAt: now });
    const epoch = await stores.accounts.advanceEpoch(account.id);
    await stores.sessions.endAll(account.id, { now, reason: 'totp_changed', epoch });
    // Guesses at the former secret say nothing about the new one.
    await stores.lockouts.clear(totpCounter(passwordCounter(account.id)), now);
    await stores.audit.record({ at: now, type: 'totp_enrolled', accountId: account.id, door });
    return former !== undefined;
  });
  return { secret, replaced };
}
