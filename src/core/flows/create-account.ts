import type { Account, ContactIdentifier, Identifier } from '../account/index.ts';
import { type Actor, type AuditEvent, actedBy } from '../audit/index.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { assertStrongPassword, type PasswordPolicy } from '../credential/index.ts';
import { AuthError } from '../errors.ts';
import type { Permit } from '../throttle/index.ts';
import { assertFree } from './steps/assert-free.ts';
import { deletePending } from './steps/delete-pending.ts';

interface NewAccountInput {
  readonly email?: ContactIdentifier;
  readonly phone?: ContactIdentifier;
  readonly username?: Identifier;
  readonly fullName?: string | null;
  readonly password?: string;
  /** Absent where the caller may set any password. */
  readonly passwordPolicy?: PasswordPolicy;
  readonly isVerified?: boolean;
  readonly isSuperuser?: boolean;
  readonly isStaff?: boolean;
  readonly isDisabled?: boolean;
  /** Tells the owner that there is an account now. Never says the password (SEC-074). */
  readonly tellsOwner?: boolean;
}

export interface AccountCreation extends NewAccountInput {
  readonly actor: Actor;
}

export interface UnconfirmedSignUp {
  readonly contract: ContractPolicy;
  readonly permit: Permit<'sign_in'>;
  readonly email: ContactIdentifier;
  readonly username?: Identifier;
  readonly fullName?: string | null;
  readonly password: string;
}

/**
 * Creates an account that may be used at once.
 * @throws AuthError `identifier_taken`, `password_weak`, `overloaded`
 */
export function createAccount(core: Core, { actor, ...account }: AccountCreation): Promise<Account> {
  return create(core, account, actedBy(actor));
}

/**
 * A person signs up where the contract asks for no confirmation: the account may be used at once, and its address is not
 * verified. The event names no actor, since the request proves nothing.
 * @throws AuthError `identifier_taken`, `password_weak`, `overloaded`
 */
export function signUpWithoutConfirmation(
  core: Core,
  { contract, permit, ...account }: UnconfirmedSignUp,
): Promise<Account> {
  const { name, passwordPolicy } = contract;
  return create(core, { ...account, passwordPolicy }, { door: name, address: permit.client.address });
}

async function create(
  core: Core,
  creation: NewAccountInput,
  origin: Pick<AuditEvent, 'door' | 'actor' | 'address'>,
): Promise<Account> {
  const { email, phone, username, fullName, password, passwordPolicy } = creation;
  const own = {
    email: email?.value ?? null,
    phone: phone?.value ?? null,
    username: username?.value ?? null,
    fullName: fullName ?? null,
  };
  // The unique index decides; this only spares the hash, and tells what is taken before what is weak.
  await assertFree(core, [email, username, phone]);
  if (password !== undefined && passwordPolicy !== undefined)
    assertStrongPassword(password, passwordPolicy, own);
  const hash = password === undefined ? undefined : await core.passwords.hash(password);
  const identifiers = {
    ...(email && { email }),
    ...(phone && { phone }),
    ...(username && { username }),
  };
  const account = await core.storage.transaction(async (stores) => {
    const now = core.clock.now();
    const verifiedAt = creation.isVerified === true ? now : null;
    const happening = { at: now, ...origin };
    await deletePending(stores, { ...(email && { email }), ...(phone && { phone }) }, happening);
    const outcome = await stores.accounts.create({
      id: core.random.uuid(),
      ...identifiers,
      ...(fullName !== undefined && { fullName }),
      isSuperuser: creation.isSuperuser === true,
      isStaff: creation.isStaff === true,
      createdAt: now,
      activatedAt: now,
      emailVerifiedAt: email === undefined ? null : verifiedAt,
      phoneVerifiedAt: phone === undefined ? null : verifiedAt,
      disabledAt: creation.isDisabled === true ? now : null,
    });
    if (outcome.kind === 'taken') throw new AuthError('identifier_taken', { kind: outcome.by });
    const created = outcome.account;
    if (hash !== undefined) await stores.passwords.set(created.id, hash, now);
    await stores.audit.record({ ...happening, type: 'account_created', accountId: created.id });
    if (creation.tellsOwner === true && email !== undefined && core.outbox.canCarry('email')) {
      const message = { channel: 'email', topic: 'account_created', to: email.value } as const;
      await stores.outbox.add(core.outbox.entry(message));
    }
    return created;
  });
  core.outbox.notifyListeners();
  return account;
}

createAccount.errors = ['identifier_taken', 'password_weak', 'overloaded'] as const;

signUpWithoutConfirmation.errors = createAccount.errors;
