import { type Account, type ContactIdentifier, parseIdentifier } from '../account/index.ts';
import type { ChallengeForm } from '../challenge/index.ts';
import type { Core } from '../core.ts';
import type { Door } from '../door.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';
import { issueChallenge } from './steps/issue-challenge.ts';
import { assertReachable } from './steps/send-message.ts';

export interface OperatorResend extends Act {
  readonly account: Account;
  /** The contract whose code or link is sent. */
  readonly door: Door;
  readonly form: ChallengeForm;
  /** The absolute URL that carries a link's token. */
  readonly link: (to: ContactIdentifier) => (token: string) => string;
}

/**
 * An operator sends the code or link of a pending sign-up again, to the e-mail address or, without one, to the phone
 * number. Invalidates the earlier one. Counts against no budget.
 * @returns `not_pending` when the account is active: nothing is sent
 * @throws AuthError `account_gone`, `messages_unavailable`, `identifier_invalid` for a number that no SMS may go to
 */
export async function resendSignUpFor(
  core: Core,
  { door, form, link, ...act }: OperatorResend,
): Promise<'sent' | 'not_pending'> {
  const asked = contactOf(act.account);
  if (asked !== undefined) await assertReachable(core, asked);
  const outcome = await actOnAccount(core, act, async ({ stores, account }) => {
    const to = contactOf(account);
    if (account.activatedAt !== null || to === undefined) return 'not_pending';
    const delivery = { form, link: link(to) };
    await issueChallenge(core, stores, { door, actor: act.actor, purpose: 'sign_up', to, delivery }, account);
    return 'sent';
  });
  core.outbox.onMessage();
  return outcome;
}

function contactOf({ email, phone }: Account): ContactIdentifier | undefined {
  if (email !== null) return parseIdentifier('email', email);
  return phone === null ? undefined : parseIdentifier('phone', phone);
}
