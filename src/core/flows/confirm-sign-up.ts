import { answerChallenge, type ChallengeAnswer } from '../authentication/challenge.ts';
import type { Core } from '../core.ts';
import { completeSignUp } from './steps/complete-sign-up.ts';

/**
 * Activates the sign-up that the code or link was sent for, with the password that was set then, unless that sign-up was
 * contested. Of an account that was active before, it is the first proof of its address.
 * @throws AuthError `throttled`, `identifier_unknown`, `code_invalid`, `code_expired`
 */
export async function confirmSignUp(core: Core, answer: ChallengeAnswer): Promise<void> {
  const answered = await answerChallenge(core, 'sign_up', answer);
  const { contract, permit } = answer;
  await core.storage.transaction(async (stores) => {
    const account = await answered.spend(stores);
    const happening = { at: core.clock.now(), door: contract.name, address: permit.client.address };
    await completeSignUp(core, stores, { account, challenge: answered.challenge, happening });
  });
  core.outbox.notifyListeners();
}

confirmSignUp.errors = ['throttled', 'identifier_unknown', 'code_invalid', 'code_expired'] as const;
