import type { Account, ContactIdentifier, Identifier, Rights } from '../account/index.ts';
import type { Actor } from '../audit/index.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { assertStrongPassword, type PasswordPolicy } from '../credential/index.ts';
import { AuthError } from '../errors.ts';
import type { AuthenticatedSession } from '../session/index.ts';
import type { Stores } from '../storage.ts';
import type { Permit } from '../throttle/index.ts';
import { passwordCounter } from '../throttle/index.ts';
import { type Acting, actOnAccount, ownActor } from './steps/act-on-account.ts';
import { assertFree } from './steps/assert-free.ts';
import { deletePending } from './steps/delete-pending.ts';
import { dropContestedPassword } from './steps/drop-contested-password.ts';
import { endSessions } from './steps/end-sessions.ts';
import { notifyFormerAddress } from './steps/notify-former-address.ts';
import type { Happening } from './steps/take-address.ts';

/** Absent fields stay as they are; null clears. */
export interface AccountChanges extends Rights {
  readonly email?: ContactIdentifier & { readonly kind: 'email' };
  readonly phone?: ContactIdentifier & { readonly kind: 'phone' };
  readonly username?: Identifier | null;
  readonly fullName?: string | null;
  readonly isEnabled?: boolean;
  readonly password?: string;
}

export interface AccountUpdate {
  readonly actor: Actor;
  readonly accountId: string;
  /** Of the session in whose name the account itself acts. */
  readonly epoch?: number;
  readonly changes: AccountChanges;
  readonly passwordPolicy: PasswordPolicy;
}

/** What an account may change of itself where the contract documents that a token is enough. */
export interface OwnAccountUpdate {
  readonly contract: ContractPolicy;
  readonly permit: Permit<'profile'>;
  readonly live: AuthenticatedSession;
  readonly changes: Pick<AccountChanges, 'email' | 'fullName'>;
}

/**
 * The same as `updateAccount`, by the account itself, which the events name as the actor.
 * @throws AuthError `account_gone`, `identifier_taken`, `token_invalid` when the session has ended meanwhile
 */
export function updateOwnAccount(core: Core, update: OwnAccountUpdate): Promise<Account> {
  const { contract, permit, live, changes } = update;
  return updateAccount(core, {
    actor: ownActor(live, permit.client),
    accountId: live.account.id,
    epoch: live.account.epoch,
    changes,
    passwordPolicy: contract.passwordPolicy,
  });
}

/**
 * Changes an account without asking its owner for anything. All of it or nothing. Who may change what, the caller decides.
 *
 * A new address is nobody's proof of anything, so that it stands unverified. Codes and links under way die; the old
 * address, if it was proved, gets a link that undoes the change. A new password and switching off end every session.
 *
 * @throws AuthError `account_gone`, `identifier_taken`, `password_weak`, `overloaded`
 */
export async function updateAccount(core: Core, update: AccountUpdate): Promise<Account> {
  const { accountId, changes, passwordPolicy } = update;
  const { email, phone, username, password } = changes;
  const before = await core.storage.accounts.findById(accountId);
  if (before === undefined) throw new AuthError('account_gone');
  await assertFree(core, [email, phone, username], accountId);
  let hash: string | undefined;
  if (password !== undefined) {
    assertStrongPassword(password, passwordPolicy, ownAfter(before, changes));
    hash = await core.passwords.hash(password);
  }
  const { actor, epoch } = update;
  const act = { actor, account: { id: accountId }, ...(epoch !== undefined && { epoch }) };
  const after = await actOnAccount(core, act, (acting) => write(core, acting, changes, hash));
  core.outbox.notifyListeners();
  return after;
}

const ownAfter = (before: Account, { email, phone, username, fullName }: AccountChanges) => ({
  email: email?.value ?? before.email,
  username: username === undefined ? before.username : (username?.value ?? null),
  fullName: fullName === undefined ? before.fullName : fullName,
  phone: phone?.value ?? before.phone,
});

async function write(
  core: Core,
  { stores, account: before, now, happening, record }: Acting,
  changes: AccountChanges,
  hash: string | undefined,
): Promise<Account> {
  const { email, phone, username, fullName, isEnabled } = changes;
  const { id: accountId } = before;
  if (email !== undefined) await moveTo(core, stores, { account: before, email, happening });
  if (phone !== undefined) await movePhone(stores, { account: before, phone, happening });
  if (username !== undefined && (await stores.accounts.changeUsername(accountId, username)) === 'taken') {
    throw new AuthError('identifier_taken', { kind: 'username' });
  }
  if (fullName !== undefined) await stores.accounts.updateProfile(accountId, { fullName });
  await stores.accounts.setRights(accountId, changes);
  if (isEnabled === true) {
    await stores.accounts.setDisabled(accountId, null);
    await dropContestedPassword(stores, accountId, happening);
    await stores.accounts.activate(accountId, now);
    if (before.disabledAt !== null) await record({ type: 'account_enabled' });
  }
  // A pending sign-up is shown as switched off: sending that back changes nothing, and its code still works.
  if (isEnabled === false && before.disabledAt === null && before.activatedAt !== null) {
    await stores.accounts.setDisabled(accountId, now);
    await endSessions(stores, accountId, { now, reason: 'account_disabled' });
    await record({ type: 'account_disabled' });
  }
  if (hash !== undefined) {
    await stores.passwords.set(accountId, hash, now);
    await endSessions(stores, accountId, { now, reason: 'password_reset' });
    await stores.lockouts.clear(passwordCounter(accountId), now);
    await record({ type: 'password_reset' });
  }
  const { isSuperuser, isStaff } = changes;
  const rights = {
    ...(isSuperuser !== undefined && { isSuperuser }),
    ...(isStaff !== undefined && { isStaff }),
  };
  await record({ type: 'account_updated', detail: { fields: Object.keys(changes).join(' '), ...rights } });
  const after = await stores.accounts.findById(accountId);
  if (after === undefined) throw new AuthError('account_gone');
  return after;
}

interface Move {
  readonly account: Account;
  readonly happening: Happening;
}

async function moveTo(
  core: Core,
  stores: Stores,
  { account, email, happening }: Move & { readonly email: NonNullable<AccountChanges['email']> },
): Promise<void> {
  const { id, emailVerifiedAt } = account;
  // Another spelling of the address that it has proves no less than before.
  const owner = await stores.accounts.findByIdentifier(email);
  const isOwn = owner?.id === id;
  if (!isOwn) await deletePending(stores, { email }, happening);
  if ((await stores.accounts.changeEmail(id, email, isOwn ? emailVerifiedAt : null)) === 'taken') {
    throw new AuthError('identifier_taken', { kind: 'email' });
  }
  if (isOwn) return;
  await stores.challenges.cancelAll(id);
  await notifyFormerAddress(core, stores, account, email.value);
}

/** Sets a new phone number, which is not verified. The present number changes nothing. */
async function movePhone(
  stores: Stores,
  {
    account: { id, phone: old },
    phone,
    happening,
  }: Move & { readonly phone: NonNullable<AccountChanges['phone']> },
): Promise<void> {
  if (phone.key === old) return;
  await deletePending(stores, { phone }, happening);
  if ((await stores.accounts.changePhone(id, phone)) === 'taken') {
    throw new AuthError('identifier_taken', { kind: 'phone' });
  }
  await stores.challenges.cancelAll(id);
}

updateAccount.errors = ['account_gone', 'identifier_taken', 'password_weak', 'overloaded'] as const;
updateOwnAccount.errors = [...updateAccount.errors, 'token_invalid'] as const;
