import type { Account, ContactIdentifier } from '../account/index.ts';
import type { ChallengeForm } from '../challenge/index.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';
import { issueChallenge } from './steps/issue-challenge.ts';
import { assertReachable } from './steps/send-message.ts';

export interface OperatorResend extends Act {
  readonly account: Account;
  /** The contract whose code or link is sent. */
  readonly contract: ContractPolicy;
  readonly form: ChallengeForm;
  /** The absolute URL that carries a link's token. */
  readonly link: (to: ContactIdentifier) => (token: string) => string;
}

/**
 * An operator sends the code or link of a pending sign-up again, to the address that it is for. Invalidates every earlier
 * code and link of it. Counts against no budget.
 * @returns `not_pending` when the account is active: nothing is sent
 * @throws AuthError `account_gone`, `messages_unavailable`, `identifier_invalid` for a number that no SMS may go to
 */
export async function resendSignUpFor(
  core: Core,
  { contract, form, link, ...act }: OperatorResend,
): Promise<'sent' | 'not_pending'> {
  const asked = await core.storage.accounts.signUpAddress(act.account.id);
  if (asked !== undefined) await assertReachable(core, asked);
  const outcome = await actOnAccount(core, act, async ({ stores, account }) => {
    const to = await stores.accounts.signUpAddress(account.id);
    if (to === undefined) return 'not_pending';
    // The code and the link: whichever was sent before.
    await stores.challenges.cancelAll(account.id);
    const delivery = { form, link: link(to) };
    await issueChallenge(
      core,
      stores,
      { contract, actor: act.actor, purpose: 'sign_up', to, delivery },
      account,
    );
    return 'sent';
  });
  core.outbox.notifyListeners();
  return outcome;
}

resendSignUpFor.errors = ['account_gone', 'messages_unavailable', 'identifier_invalid'] as const;
