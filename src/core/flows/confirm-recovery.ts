import type { Core } from '../core.ts';
import { assertStrongPassword } from '../credential/index.ts';
import { AuthError } from '../errors.ts';
import { assertEnabled } from './steps/account-state.ts';
import { answerChallenge, type ChallengeAnswer } from './steps/answer-challenge.ts';
import { answeringAccount } from './steps/answering-account.ts';
import { proveIdentifier } from './steps/prove-identifier.ts';
import { lockoutSubjectOf } from './steps/prove-password.ts';

export interface Recovery extends ChallengeAnswer {
  readonly newPassword: string;
}

/**
 * Sets a new password with a code or link. Ends every session, clears the lockout, verifies the identifier. Does
 * not sign in: whoever knows the new password can.
 *
 * @throws AuthError `password_weak`, `throttled`, `identifier_unknown`, `code_invalid`, `code_expired`, `account_disabled`,
 *   `overloaded`
 */
export async function confirmRecovery(core: Core, recovery: Recovery): Promise<void> {
  const { door, permit, identifier, newPassword } = recovery;
  assertStrongPassword(newPassword, door.passwordPolicy, { [identifier.kind]: identifier.value });
  core.passwords.assertRoom();
  const answered = await answerChallenge(core, 'password_recovery', recovery);
  const owner = await core.storage.accounts.findById(answered.challenge.accountId);
  if (owner === undefined) throw new AuthError('code_invalid', { reason: 'the account is gone' });
  assertEnabled(owner);
  // Again, with all that the account is known by: told only now, to somebody who has proved to be its owner.
  assertStrongPassword(newPassword, door.passwordPolicy, owner);
  const hash = await core.passwords.hash(newPassword);

  await core.storage.transaction(async (stores) => {
    const account = await answeringAccount(stores, answered);
    assertEnabled(account);
    const now = core.clock.now();
    const { channel } = answered.challenge;
    await proveIdentifier(core, stores, { account, channel, door: door.contract });
    await stores.passwords.set(account.id, hash, now);
    const epoch = await stores.accounts.advanceEpoch(account.id);
    await stores.sessions.endAll(account.id, { now, reason: 'password_reset', epoch });
    await stores.lockouts.clear(lockoutSubjectOf(account));
    await stores.audit.record({
      at: now,
      type: 'password_reset',
      accountId: account.id,
      door: door.contract,
      address: permit.client.address,
    });
  });
}
