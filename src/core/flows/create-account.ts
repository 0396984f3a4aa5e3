import type { Account, ContactIdentifier, Identifier } from '../account/index.ts';
import { type Actor, actedBy, type UnprovedActor } from '../audit/index.ts';
import type { Core } from '../core.ts';
import { assertStrongPassword, type PasswordPolicy } from '../credential/index.ts';
import { AuthError } from '../errors.ts';
import { assertFree } from './steps/assert-free.ts';
import { deletePending } from './steps/delete-pending.ts';

export interface AccountCreation {
  /** Who creates it. */
  readonly actor: Actor | UnprovedActor;
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

/**
 * Creates an account that may be used at once, by somebody who is entitled to.
 * @throws AuthError `identifier_taken`, `password_weak`, `overloaded`
 */
export async function createAccount(core: Core, creation: AccountCreation): Promise<Account> {
  const { actor, email, phone, username, fullName, password, passwordPolicy } = creation;
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
    const happening = { at: now, ...actedBy(actor) };
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
  core.outbox.onMessage();
  return account;
}

createAccount.errors = ['identifier_taken', 'password_weak', 'overloaded'] as const;
