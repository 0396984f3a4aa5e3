import { type ContactIdentifier, isVerified } from '../account/index.ts';
import type { Core } from '../core.ts';
import type { Door } from '../door.ts';
import { AuthError } from '../errors.ts';
import type { LiveSession } from '../session/index.ts';
import type { Permit } from '../throttle/index.ts';
import { type ChallengeDelivery, issueChallenge, issueNothing } from './steps/issue-challenge.ts';
import { proveCurrentPassword } from './steps/prove-current-password.ts';

export interface EmailChange {
  readonly door: Door;
  readonly permit: Permit<'message'>;
  readonly live: LiveSession;
  readonly newEmail: ContactIdentifier & { readonly kind: 'email' };
  readonly currentPassword: string;
  readonly delivery: ChallengeDelivery;
}

/**
 * Sends a challenge to the new address and a notice to the old one; nothing changes until it is confirmed.
 * @throws AuthError `messages_unavailable`, `password_absent`, `password_incorrect`, `account_locked`, `overloaded`, `throttled`,
 *   `account_gone`, `identifier_taken` (only where the door discloses; elsewhere the owner of the address gets a notice)
 */
export async function requestEmailChange(core: Core, change: EmailChange): Promise<void> {
  const { door, permit, live, newEmail, currentPassword, delivery } = change;
  const { account, session } = live;
  const { client } = permit;
  await core.outbox.assertReady('email');
  const claim = { door, client, account, password: currentPassword };
  await proveCurrentPassword(core, claim, async (proof) => {
    const challenge = { door, client, purpose: 'email_change', to: newEmail, delivery } as const;
    await core.storage.transaction(async (stores) => {
      // Deleted while the password was being compared.
      if ((await stores.accounts.findById(account.id)) === undefined) throw new AuthError('account_gone');
      const owner = await stores.accounts.findByIdentifier(newEmail);
      // A sign-up that nobody confirmed does not hold the address against its owner.
      const taken = owner !== undefined && owner.activatedAt !== null;
      if (taken && door.discloses) throw new AuthError('identifier_taken');
      // To the old address in any case: its reader must not learn from silence that the new one is taken.
      if (account.email !== null) {
        const notice = { channel: 'email', topic: 'email_change_notice', to: account.email } as const;
        await stores.outbox.add(core.outbox.entry({ ...notice, newAddress: newEmail.value }));
      }
      if (taken) {
        await issueNothing(core, stores, challenge, {
          notice: isVerified(owner) ? 'account_exists' : undefined,
          asker: account,
        });
      } else {
        await issueChallenge(core, stores, challenge, account);
        await stores.audit.record({
          at: core.clock.now(),
          type: 'email_change_requested',
          accountId: account.id,
          sessionId: session.id,
          door: door.contract,
          address: client.address,
        });
      }
      await proof.succeed(stores);
    });
  });
  core.outbox.onMessage();
}
