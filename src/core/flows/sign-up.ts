import { type ContactIdentifier, isVerified } from '../account/index.ts';
import type { Core } from '../core.ts';
import { assertStrongPassword } from '../credential/index.ts';
import type { Door } from '../door.ts';
import { AuthError } from '../errors.ts';
import type { Permit } from '../throttle/index.ts';
import { type ChallengeDelivery, channelOf, issueChallenge, issueNothing } from './steps/issue-challenge.ts';

export interface SignUp {
  readonly door: Door;
  readonly permit: Permit<'message'>;
  readonly identifier: ContactIdentifier;
  readonly password: string;
  readonly delivery: ChallengeDelivery;
}

/**
 * Creates a pending account and sends the challenge that activates it. On an identifier that nobody has verified it
 * starts over: the earlier sign-up goes, with its password, codes and links.
 *
 * @throws AuthError `messages_unavailable`, `password_weak`, `overloaded`, `throttled`,
 *   `identifier_taken` (only where the door discloses; elsewhere the owner gets a notice instead)
 */
export async function signUp(core: Core, request: SignUp): Promise<void> {
  const { door, permit, identifier, password, delivery } = request;
  await core.outbox.assertReady(channelOf(identifier));
  const identifiers = { [identifier.kind]: identifier };
  assertStrongPassword(password, door.passwordPolicy, { [identifier.kind]: identifier.value });
  // Hashed whether the identifier is free or not: time must not tell.
  const hash = await core.passwords.hash(password);
  const challenge = { door, client: permit.client, purpose: 'sign_up', to: identifier, delivery } as const;

  await core.storage.transaction(async (stores) => {
    const now = core.clock.now();
    await stores.accounts.deletePending(identifiers);
    const outcome = await stores.accounts.create({
      id: core.random.uuid(),
      ...identifiers,
      createdAt: now,
      activatedAt: null,
      emailVerifiedAt: null,
      phoneVerifiedAt: null,
    });
    if (outcome.kind === 'taken') {
      if (door.discloses) throw new AuthError('identifier_taken');
      const owner = await stores.accounts.findByIdentifier(identifier);
      const notice = owner !== undefined && isVerified(owner) ? 'account_exists' : undefined;
      return issueNothing(core, stores, challenge, { notice });
    }
    const { account } = outcome;
    await stores.passwords.set(account.id, hash, now);
    await stores.audit.record({
      at: now,
      type: 'account_created',
      accountId: account.id,
      door: door.contract,
      address: permit.client.address,
    });
    return issueChallenge(core, stores, challenge, account);
  });
  core.outbox.onMessage();
}
