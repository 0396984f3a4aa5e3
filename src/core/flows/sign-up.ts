import type { Account, ContactIdentifier, Identifier } from '../account/index.ts';
import type { Core } from '../core.ts';
import { assertStrongPassword } from '../credential/index.ts';
import type { Door } from '../door.ts';
import { AuthError } from '../errors.ts';
import type { Stores } from '../storage.ts';
import type { Permit } from '../throttle/index.ts';
import { type ChallengeDelivery, issueChallenge, issueNothing } from './steps/issue-challenge.ts';
import { assertReachable, messageTransaction } from './steps/send-message.ts';

export interface SignUp {
  readonly door: Door;
  readonly permit: Permit<'message'>;
  readonly identifier: ContactIdentifier;
  /** At contracts whose people choose a name beside the address. */
  readonly username?: Identifier;
  readonly password: string;
  readonly delivery: ChallengeDelivery;
}

/**
 * Creates a pending account and sends the challenge that activates it. On an identifier that nobody has verified it
 * starts over: the earlier sign-up goes, with its password, codes and links.
 *
 * @throws AuthError `identifier_invalid`, `messages_unavailable`, `password_weak`, `overloaded`, `throttled`,
 *   `identifier_taken` (only where the door discloses; elsewhere the owner gets a notice instead)
 * @returns the account's number; where the door does not disclose, one that looks like it if there is no account
 */
export async function signUp(core: Core, request: SignUp): Promise<Pick<Account, 'number'>> {
  const { door, permit, identifier, username, password, delivery } = request;
  await assertReachable(core, identifier);
  const identifiers = { [identifier.kind]: identifier, ...(username && { username }) };
  assertStrongPassword(password, door.passwordPolicy, {
    [identifier.kind]: identifier.value,
    ...(username && { username: username.value }),
  });
  // Hashed whether the identifier is free or not: time must not tell.
  const hash = await core.passwords.hash(password);
  const { client } = permit;
  const challenge = { door, client, purpose: 'sign_up', to: identifier, delivery } as const;

  const { number } = await messageTransaction(core, { to: identifier, client }, async (stores) => {
    const now = core.clock.now();
    await stores.accounts.deletePending(identifiers);
    // Looked for first: not every engine takes a number back when an insert is refused, and a gap could be seen.
    const outcome = (await isTaken(stores, [identifier, username]))
      ? undefined
      : await stores.accounts.create({
          id: core.random.uuid(),
          ...identifiers,
          createdAt: now,
          activatedAt: null,
          emailVerifiedAt: null,
          phoneVerifiedAt: null,
        });
    if (outcome === undefined || outcome.kind === 'taken') {
      if (door.discloses) throw new AuthError('identifier_taken');
      const owner = await stores.accounts.findByIdentifier(identifier);
      const isActive = owner !== undefined && owner.activatedAt !== null;
      const notice = isActive ? 'account_exists' : undefined;
      await issueNothing(core, stores, challenge, { notice });
      return drawNumber(core, stores, now);
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
    await issueChallenge(core, stores, challenge, account);
    return account;
  });
  core.outbox.onMessage();
  return { number };
}

async function isTaken(stores: Stores, identifiers: readonly (Identifier | undefined)[]): Promise<boolean> {
  for (const identifier of identifiers) {
    if (identifier !== undefined && (await stores.accounts.findByIdentifier(identifier)) !== undefined)
      return true;
  }
  return false;
}

/** The number that a new account would have got, and that no other will: it must not tell that there is none. */
async function drawNumber(core: Core, stores: Stores, createdAt: number): Promise<{ number: number }> {
  const nobody = { createdAt, activatedAt: null, emailVerifiedAt: null, phoneVerifiedAt: null };
  const outcome = await stores.accounts.create({ id: core.random.uuid(), ...nobody });
  if (outcome.kind === 'taken') throw new Error('an account without identifiers was taken');
  await stores.accounts.delete(outcome.account.id);
  return outcome.account;
}
