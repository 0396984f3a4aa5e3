import { parseIdentifier } from '../account/index.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import { assertEnabled } from './steps/account-state.ts';
import { answerChallenge, type ChallengeAnswer } from './steps/answer-challenge.ts';
import { answeringAccount } from './steps/answering-account.ts';

/**
 * Moves the account that asked to the address that answered. Needs no token: the challenge knows who asked.
 * Sessions stay; every other code and link of the account dies.
 *
 * @throws AuthError `throttled`, `identifier_unknown` (no change is pending there), `code_invalid`, `code_expired`,
 *   `account_disabled`, `identifier_taken` (registered meanwhile; only where the door discloses)
 */
export async function confirmEmailChange(core: Core, answer: ChallengeAnswer): Promise<void> {
  const answered = await answerChallenge(core, 'email_change', answer);
  const email = parseIdentifier('email', answered.challenge.address);
  await core.storage.transaction(async (stores) => {
    const account = await answeringAccount(stores, answered);
    assertEnabled(account);
    const now = core.clock.now();
    await stores.accounts.deletePending({ email });
    if ((await stores.accounts.changeEmail(account.id, email, now)) === 'taken') {
      throw new AuthError(answer.door.discloses ? 'identifier_taken' : 'code_invalid');
    }
    await stores.challenges.cancelOthers(account.id, answered.challenge.id);
    await stores.audit.record({
      at: now,
      type: 'email_changed',
      accountId: account.id,
      door: answer.door.contract,
      address: answer.permit.client.address,
    });
  });
}
