import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import type { IssuedTokens } from '../session/index.ts';
import { assertEnabled } from './steps/account-state.ts';
import { answerChallenge, type ChallengeAnswer } from './steps/answer-challenge.ts';
import { answeringAccount } from './steps/answering-account.ts';
import { openSession } from './steps/open-session.ts';
import { proveIdentifier } from './steps/prove-identifier.ts';
import { assertOneFactorSuffices } from './steps/second-factor.ts';

/**
 * Signs in with a code or link, and verifies the identifier that it was sent to.
 * @throws AuthError `throttled`, `identifier_unknown`, `code_invalid`, `code_expired`, `account_disabled`
 */
export async function confirmSignIn(core: Core, answer: ChallengeAnswer): Promise<IssuedTokens> {
  const { door, permit } = answer;
  const answered = await answerChallenge(core, 'sign_in', answer);
  const grant = await core.storage.transaction(async (stores) => {
    const account = await answeringAccount(stores, answered);
    await assertOneFactorSuffices(core, stores, { door, account });
    assertEnabled(account);
    const { channel } = answered.challenge;
    const epoch = await proveIdentifier(core, stores, { account, channel, door: door.contract });
    const opened = await openSession(core, stores, {
      door,
      client: permit.client,
      account: { id: account.id, epoch },
    });
    if (opened === undefined)
      throw new AuthError('code_invalid', { reason: 'the account changed meanwhile' });
    await stores.audit.record({
      at: core.clock.now(),
      type: 'sign_in_succeeded',
      accountId: account.id,
      sessionId: opened.sessionId,
      door: door.contract,
      address: permit.client.address,
      detail: { by: answered.challenge.form },
    });
    return opened;
  });
  return door.tokens.write(grant);
}

confirmSignIn.errors = [
  'throttled',
  'identifier_unknown',
  'code_invalid',
  'code_expired',
  'account_disabled',
] as const;
