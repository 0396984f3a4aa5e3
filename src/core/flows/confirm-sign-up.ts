import type { Core } from '../core.ts';
import { answerChallenge, type ChallengeAnswer } from './steps/answer-challenge.ts';
import { answeringAccount } from './steps/answering-account.ts';
import { proveIdentifier } from './steps/prove-identifier.ts';

/**
 * Activates the sign-up that the code or link was sent for, with the password that was set then. Of an account that was
 * active before, it is the first proof of its address.
 * @throws AuthError `throttled`, `identifier_unknown`, `code_invalid`, `code_expired`
 */
export async function confirmSignUp(core: Core, answer: ChallengeAnswer): Promise<void> {
  const answered = await answerChallenge(core, 'sign_up', answer);
  await core.storage.transaction(async (stores) => {
    const account = await answeringAccount(stores, answered);
    const { channel } = answered.challenge;
    // Made by a door whose accounts are used at once: whoever made it may not be who reads this mailbox (SEC-028).
    if (account.activatedAt !== null) {
      await proveIdentifier(core, stores, { account, channel, door: answer.door.contract });
      return;
    }
    const now = core.clock.now();
    await stores.accounts.markVerified(account.id, answer.identifier.kind, now);
    await stores.audit.record({
      at: now,
      type: 'account_activated',
      accountId: account.id,
      door: answer.door.contract,
      address: answer.permit.client.address,
    });
  });
}
