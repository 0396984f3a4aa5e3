import type { Challenge } from '../challenge/index.ts';
import type { Core } from '../core.ts';
import { assertEnabled } from './steps/account-state.ts';
import { answerChallenge, type ChallengeAnswer } from './steps/answer-challenge.ts';
import { answeringAccount } from './steps/answering-account.ts';
import { assertOneFactorSuffices } from './steps/second-factor.ts';

/**
 * A sign-in link was opened on our own page, perhaps on another device than the one that wants to sign in. The
 * link is spent, and a fresh code takes its place: whoever reads the mailbox may type it where the sign-in began.
 *
 * @returns the code and when it stops working (epoch milliseconds)
 * @throws AuthError `throttled`, `identifier_unknown`, `code_invalid`, `code_expired`, `account_disabled`
 */
export async function approveSignIn(
  core: Core,
  answer: ChallengeAnswer,
): Promise<{ code: string; expiresAt: number }> {
  const answered = await answerChallenge(core, 'sign_in', answer);
  const { accountId, purpose, channel, target, address } = answered.challenge;
  const createdAt = core.clock.now();
  const expiresAt = createdAt + answer.door.challengeMs.code;
  const binding = { id: core.random.uuid(), ownerKey: accountId, purpose, channel };
  const code = core.challengeSecrets.make('code');
  const secretDigest = core.challengeSecrets.digest('code', code, {
    ...binding,
    contract: answer.door.contract,
  });
  await core.storage.transaction(async (stores) => {
    const account = await answeringAccount(stores, answered);
    await assertOneFactorSuffices(core, stores, { door: answer.door, account });
    assertEnabled(account);
    const place = { ...binding, accountId, target, address, epoch: account.epoch, createdAt, expiresAt };
    const challenge: Challenge = { ...place, form: 'code', secretDigest };
    await stores.challenges.put(challenge);
    await stores.audit.record({
      at: createdAt,
      type: 'challenge_issued',
      accountId,
      door: answer.door.contract,
      address: answer.permit.client.address,
      detail: { purpose, form: 'code', known: true },
    });
  });
  return { code, expiresAt };
}

approveSignIn.errors = [
  'throttled',
  'identifier_unknown',
  'code_invalid',
  'code_expired',
  'account_disabled',
] as const;
