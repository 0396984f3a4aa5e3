import {
  type Account,
  type ContactIdentifier,
  type Identifier,
  isHeld,
  type PendingSignUp,
  type SignUpOrigin,
} from '../account/index.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { assertStrongPassword } from '../credential/index.ts';
import { AuthError } from '../errors.ts';
import type { Permit } from '../throttle/index.ts';
import { type ChallengeDelivery, issueChallenge, issueNothing } from './steps/issue-challenge.ts';
import { assertReachable, messageTransaction } from './steps/send-message.ts';

export interface SignUp {
  readonly contract: ContractPolicy;
  readonly permit: Permit<'message'>;
  readonly identifier: ContactIdentifier;
  /** At contracts whose people choose a name beside the address. */
  readonly username?: Identifier;
  readonly password: string;
  readonly delivery: ChallengeDelivery;
}

/** No account has this id, and no address this key. */
const NOBODY = '';
const MOST_REPEATS = 3;

/**
 * Creates a pending account and sends the challenge that activates it. On an address that is not held (`isHeld`) it starts
 * over: an earlier pending sign-up goes, with its username, password, codes and links. An account that holds the address
 * unproved keeps it until this sign-up is confirmed.
 *
 * A sign-up that replaces one with another password from another contract or network is contested, and so are those that
 * replace it: which of them is the owner's nobody can tell (decision 20).
 *
 * @throws AuthError `identifier_invalid`, `messages_unavailable`, `password_weak`, `overloaded`, `throttled`,
 *   `identifier_taken` (only where the contract discloses; elsewhere the owner gets a notice instead)
 * @returns the account's number; where the contract does not disclose, one that looks like it if there is no account
 */
export async function signUp(core: Core, request: SignUp): Promise<Pick<Account, 'number'>> {
  const { contract, identifier, username, password } = request;
  await assertReachable(core, identifier);
  assertStrongPassword(password, contract.passwordPolicy, {
    [identifier.kind]: identifier.value,
    ...(username && { username: username.value }),
  });
  const prepared = await prepare(core, identifier, password);
  for (let repeats = 0; ; repeats += 1) {
    try {
      const number = await register(core, request, prepared);
      core.outbox.notifyListeners();
      return { number };
    } catch (error) {
      // Another request took an identifier since it was looked up: now it is seen to be taken.
      const wasFaster = error instanceof AuthError && error.code === 'identifier_taken';
      if (!wasFaster || contract.disclosesExistence || repeats === MOST_REPEATS) throw error;
    }
  }
}

interface Prepared {
  readonly hash: string;
  /** The pending account whose password is the same. */
  readonly repeated: string | undefined;
}

/** Hashes the password and compares it with that of a pending sign-up; the same work where there is none. */
async function prepare(core: Core, identifier: ContactIdentifier, password: string): Promise<Prepared> {
  const pending = await core.storage.accounts.findPending(identifier);
  const former = await core.storage.passwords.find(pending?.accountId ?? NOBODY);
  using place = core.passwords.admit();
  const isSame = await place.verify(password, former);
  return { hash: await place.hash(password), repeated: isSame ? pending?.accountId : undefined };
}

/** @returns the number of the new account, or of one that is deleted again @throws AuthError `identifier_taken`, `throttled` */
async function register(
  core: Core,
  { contract, permit, identifier, username, delivery }: SignUp,
  { hash, repeated }: Prepared,
): Promise<number> {
  const { kind } = identifier;
  const { client } = permit;
  const origin = { contract: contract.name, network: client.subnet };
  return messageTransaction(core, { to: identifier, client }, async (stores) => {
    const now = core.clock.now();
    const event = { at: now, door: contract.name, address: client.address };
    const former = await stores.accounts.findPending(identifier);
    const holder = await stores.accounts.findByIdentifier(identifier);
    const namesake = username && (await stores.accounts.findByIdentifier(username));
    const isTaken =
      (holder !== undefined && isHeld(holder, kind)) ||
      (namesake !== undefined && namesake.id !== former?.accountId);
    if (isTaken && contract.disclosesExistence) throw new AuthError('identifier_taken');

    // Where nothing may tell whether the address is taken, the same statements follow in either case: a refused sign-up
    // leaves an account without identifiers, which is deleted at the end.
    const replaced = isTaken ? { ...identifier, key: NOBODY } : identifier;
    const [replacedId] = await stores.accounts.deletePending({ [kind]: replaced });
    const isFree = holder === undefined || holder.activatedAt === null;
    const outcome = await stores.accounts.create({
      id: core.random.uuid(),
      ...(!isTaken && {
        ...(isFree && { [kind]: identifier }),
        ...(username && { username }),
        signUp: { ...origin, address: identifier, isContested: isContested(former, origin, repeated) },
      }),
      createdAt: now,
      activatedAt: null,
      emailVerifiedAt: null,
      phoneVerifiedAt: null,
    });
    // Confirmed, or taken by a transaction that was faster, since it was looked up.
    if (outcome.kind === 'taken') throw new AuthError('identifier_taken');
    const { account } = outcome;
    await stores.passwords.set(account.id, hash, now);
    const challenge = { contract, client, purpose: 'sign_up', to: identifier, delivery } as const;
    if (isTaken) {
      await stores.audit.record({
        ...event,
        type: 'sign_up_refused',
        ...(holder !== undefined && { accountId: holder.id }),
      });
      // To the address as its owner wrote it, not as this request spelled it.
      const to = { ...identifier, value: holder?.[kind] ?? identifier.value };
      const notice = holder !== undefined && isHeld(holder, kind) ? 'account_exists' : undefined;
      await issueNothing(core, stores, { ...challenge, to }, { notice });
    } else {
      // No event of its own for what was replaced: one statement more would tell that the address is not taken.
      const detail = replacedId === undefined ? undefined : { replaced: replacedId };
      await stores.audit.record({
        ...event,
        type: 'account_created',
        accountId: account.id,
        ...(detail && { detail }),
      });
      await issueChallenge(core, stores, challenge, account);
    }
    if (!contract.disclosesExistence) await stores.accounts.delete(isTaken ? account.id : NOBODY);
    return account.number;
  });
}

/** Whether a sign-up that replaces `former` competes with it, or inherits that from it. */
function isContested(
  former: PendingSignUp | undefined,
  { contract, network }: SignUpOrigin,
  repeated: string | undefined,
): boolean {
  if (former === undefined) return false;
  const isSameOrigin = former.contract === contract && former.network === network;
  return former.isContested || !(isSameOrigin || former.accountId === repeated);
}

signUp.errors = [
  'identifier_invalid',
  'messages_unavailable',
  'password_weak',
  'overloaded',
  'throttled',
  'identifier_taken',
] as const;
