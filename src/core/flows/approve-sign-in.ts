import { answerChallenge, type ChallengeAnswer } from '../authentication/challenge.ts';
import { assertEnabled, assertOneFactorSuffices } from '../authentication/requirements.ts';
import type { Challenge } from '../challenge/index.ts';
import type { Core } from '../core.ts';

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
  const expiresAt = createdAt + answer.contract.challengeMs.code;
  const binding = { id: core.random.uuid(), ownerKey: accountId, purpose, channel };
  const code = core.challengeSecrets.make('code');
  const secretDigest = core.challengeSecrets.digest('code', code, {
    ...binding,
    contract: answer.contract.name,
  });
  await core.storage.transaction(async (stores) => {
    const account = await answered.spend(stores);
    await assertOneFactorSuffices(core, stores, {
      account,
      contract: answer.contract,
      invalid: 'code_invalid',
    });
    assertEnabled(account);
    const place = { ...binding, accountId, target, address, epoch: account.epoch, createdAt, expiresAt };
    const challenge: Challenge = { ...place, form: 'code', secretDigest };
    await stores.challenges.put(challenge);
    await stores.audit.record({
      at: createdAt,
      type: 'challenge_issued',
      accountId,
      door: answer.contract.name,
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
