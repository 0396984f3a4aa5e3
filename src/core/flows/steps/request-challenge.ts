import { type Account, type ContactIdentifier, isVerified, provedAt } from '../../account/index.ts';
import type { ChallengePurpose } from '../../challenge/index.ts';
import type { ContractPolicy } from '../../contract-policy.ts';
import type { Core } from '../../core.ts';
import { AuthError, type AuthErrorCode } from '../../errors.ts';
import type { MessageTopic } from '../../message/index.ts';
import type { Permit } from '../../throttle/index.ts';
import { type ChallengeDelivery, issueChallenge, issueNothing } from './issue-challenge.ts';
import { assertReachable, messageTransaction } from './send-message.ts';

/** Somebody asks for a code or link to an identifier that should have an account. */
export interface ChallengeDemand {
  readonly contract: ContractPolicy;
  readonly permit: Permit<'message'>;
  readonly identifier: ContactIdentifier;
  readonly delivery: ChallengeDelivery;
}

/** Why an account gets no challenge, and what its owner is told where the client must not be. */
export interface Refusal {
  readonly code: AuthErrorCode;
  readonly notice?: MessageTopic;
}

/**
 * An address that nobody proved says nothing of whose it is, on an account that somebody has proved by another one: who
 * reads that mailbox must not end up in a stranger's account, nor the stranger in theirs (SEC-028).
 */
export function unlessProvedOtherwise(account: Account, { kind }: ContactIdentifier): Refusal | undefined {
  return provedAt(account, kind) === null && isVerified(account) ? { code: 'identifier_unknown' } : undefined;
}

/**
 * What signing in without a password, recovery and a repeated sign-up message have in common.
 * @throws AuthError `identifier_invalid`, `messages_unavailable`, `throttled`, and where the contract discloses `identifier_unknown` or the refusal's
 */
export async function requestChallenge(
  core: Core,
  purpose: ChallengePurpose,
  { contract, permit, identifier, delivery }: ChallengeDemand,
  refusalFor: (account: Account, identifier: ContactIdentifier) => Refusal | undefined,
): Promise<void> {
  const { client } = permit;
  await assertReachable(core, identifier);
  await messageTransaction(core, { to: identifier, client }, async (stores) => {
    // A sign-up that is to take the address from an account that holds it unproved comes before that account.
    const signUp = purpose === 'sign_up' ? await stores.accounts.findPending(identifier) : undefined;
    // Looked up in here: whoever gives the address up, or goes, in this moment gets no code there any more (SEC-061).
    const account =
      signUp === undefined
        ? await stores.accounts.findByIdentifier(identifier)
        : await stores.accounts.findById(signUp.accountId);
    // To the address that is stored, not to the one that was typed: two spellings of one key can be two mailboxes
    // (Django CVE-2019-19844).
    const stored = account?.[identifier.kind] ?? signUp?.address;
    const to = { ...identifier, value: stored ?? identifier.value };
    const challenge = { contract, client, purpose, to, delivery };
    const refusal = account && refusalFor(account, identifier);
    if (contract.disclosesExistence && account === undefined) throw new AuthError('identifier_unknown');
    if (contract.disclosesExistence && refusal !== undefined)
      throw new AuthError(refusal.code).about(account?.id);
    if (account === undefined || refusal !== undefined) {
      return issueNothing(core, stores, challenge, { notice: refusal?.notice });
    }
    return issueChallenge(core, stores, challenge, account);
  });
  core.outbox.notifyListeners();
}
