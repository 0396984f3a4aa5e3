import { answerChallenge, type ChallengeAnswer, type LinkAnswer } from '../authentication/challenge.ts';
import { assertEnabled } from '../authentication/requirements.ts';
import type { Core } from '../core.ts';
import { assertStrongPassword } from '../credential/index.ts';
import { AuthError, refusalsAbout } from '../errors.ts';
import { passwordCounter } from '../throttle/index.ts';
import { endSessions } from './steps/end-sessions.ts';
import { proveIdentifier } from './steps/prove-identifier.ts';

export type Recovery = (ChallengeAnswer | LinkAnswer) & { readonly newPassword: string };

/**
 * Sets a new password with a code or link. Ends every session, clears the lockout, verifies the identifier. Does
 * not sign in: whoever knows the new password can.
 *
 * @throws AuthError `password_weak`, `throttled`, `identifier_unknown`, `code_invalid`, `code_expired`, `account_disabled`,
 *   `overloaded`
 */
export async function confirmRecovery(core: Core, recovery: Recovery): Promise<void> {
  const { contract, permit, newPassword } = recovery;
  if ('identifier' in recovery) {
    const { kind, value } = recovery.identifier;
    assertStrongPassword(newPassword, contract.passwordPolicy, { [kind]: value });
  }
  core.passwords.assertRoom();
  const answered = await answerChallenge(core, 'password_recovery', recovery);
  const owner = await core.storage.accounts.findById(answered.challenge.accountId);
  if (owner === undefined) throw new AuthError('code_invalid', { reason: 'the account is gone' });
  assertEnabled(owner);
  // Again, with all that the account is known by: told only now, to somebody who has proved to be its owner.
  const hash = await refusalsAbout(owner.id, async () => {
    assertStrongPassword(newPassword, contract.passwordPolicy, owner);
    return core.passwords.hash(newPassword);
  });

  await core.storage.transaction(async (stores) => {
    const account = await answered.spend(stores);
    assertEnabled(account);
    const now = core.clock.now();
    const { channel } = answered.challenge;
    const reason = 'password_reset';
    await proveIdentifier(core, stores, { account, channel, door: contract.name, reason });
    await stores.passwords.set(account.id, hash, now);
    await endSessions(stores, account.id, { now, reason });
    await stores.lockouts.clear(passwordCounter(account.id), now);
    await stores.audit.record({
      at: now,
      type: 'password_reset',
      accountId: account.id,
      door: contract.name,
      address: permit.client.address,
    });
  });
}

confirmRecovery.errors = [
  'password_weak',
  'throttled',
  'identifier_unknown',
  'code_invalid',
  'code_expired',
  'account_disabled',
  'overloaded',
] as const;
