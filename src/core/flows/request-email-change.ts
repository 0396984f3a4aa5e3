import { type ContactIdentifier, isHeld, provedAt } from '../account/index.ts';
import { verifyCurrentPassword } from '../authentication/password.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import type { AuthenticatedSession } from '../session/index.ts';
import type { Permit } from '../throttle/index.ts';
import { type ChallengeDelivery, issueChallenge, issueNothing } from './steps/issue-challenge.ts';
import { leaveNotice } from './steps/leave-notice.ts';

export interface EmailChange {
  readonly contract: ContractPolicy;
  readonly permit: Permit<'message'>;
  readonly live: AuthenticatedSession;
  readonly newEmail: ContactIdentifier & { readonly kind: 'email' };
  readonly currentPassword: string;
  readonly delivery: ChallengeDelivery;
}

/**
 * Sends a challenge to the new address and a notice to the old one; nothing changes until it is confirmed.
 * @throws AuthError `messages_unavailable`, `password_absent`, `password_incorrect`, `account_locked`, `overloaded`, `throttled`,
 *   `account_gone`, `identifier_taken` (only where the contract discloses; elsewhere the owner of the address gets a notice)
 */
export async function requestEmailChange(core: Core, change: EmailChange): Promise<void> {
  const { contract, permit, live, newEmail, currentPassword, delivery } = change;
  const { account, session } = live;
  const { client } = permit;
  await core.outbox.assertReady('email');
  const claim = { contract, client, account, password: currentPassword };
  await using verified = await verifyCurrentPassword(core, claim);
  const challenge = { contract, client, purpose: 'email_change', to: newEmail, delivery } as const;
  await core.storage.transaction(async (stores) => {
    // As it is now: it may have moved, or be gone, since the password was compared.
    const current = await stores.accounts.findById(account.id);
    if (current === undefined) throw new AuthError('account_gone');
    const owner = await stores.accounts.findByIdentifier(newEmail);
    const taken = owner !== undefined && isHeld(owner, 'email');
    if (taken && contract.disclosesExistence) throw new AuthError('identifier_taken');
    // Whether the new address is taken or not: the reader of the old one must not learn it from silence.
    if (current.email !== null && current.emailVerifiedAt !== null) {
      const notice = { topic: 'email_change_notice', newAddress: newEmail.value } as const;
      await leaveNotice(core, stores, { kind: 'email', value: current.email }, notice);
    }
    if (taken) {
      // To the address as its owner wrote it, not as this request spelled it.
      const to = { ...newEmail, value: owner.email ?? newEmail.value };
      const notice = provedAt(owner, 'email') === null ? undefined : 'account_exists';
      await issueNothing(core, stores, { ...challenge, to }, { notice, asker: account });
    } else {
      await issueChallenge(core, stores, challenge, account);
      await stores.audit.record({
        at: core.clock.now(),
        type: 'email_change_requested',
        accountId: account.id,
        sessionId: session.id,
        door: contract.name,
        address: client.address,
      });
    }
    await verified.succeed(stores);
  });
  core.outbox.notifyListeners();
}

requestEmailChange.errors = [
  'messages_unavailable',
  'password_absent',
  'password_incorrect',
  'account_locked',
  'overloaded',
  'throttled',
  'account_gone',
  'identifier_taken',
] as const;
