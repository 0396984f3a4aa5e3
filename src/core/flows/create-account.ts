import type { Account, ContactIdentifier, Identifier } from '../account/index.ts';
import type { Core } from '../core.ts';
import { assertStrongPassword, type PasswordPolicy } from '../credential/index.ts';
import { AuthError } from '../errors.ts';

export interface AccountCreation {
  /** Who creates it, for the audit trail: a contract or `cli`. */
  readonly door: string;
  readonly email?: ContactIdentifier;
  readonly phone?: ContactIdentifier;
  readonly username?: Identifier;
  readonly fullName?: string;
  readonly password?: string;
  /** Absent where the caller may set any password. */
  readonly passwordPolicy?: PasswordPolicy;
  readonly isVerified?: boolean;
  readonly isSuperuser?: boolean;
  readonly isStaff?: boolean;
}

/**
 * Creates an account that may be used at once, by somebody who is entitled to.
 * @throws AuthError `password_weak`, `overloaded`, `identifier_taken`
 */
export async function createAccount(core: Core, creation: AccountCreation): Promise<Account> {
  const { door, email, phone, username, fullName, password, passwordPolicy } = creation;
  const own = {
    email: email?.value ?? null,
    phone: phone?.value ?? null,
    username: username?.value ?? null,
    fullName: fullName ?? null,
  };
  if (password !== undefined && passwordPolicy !== undefined)
    assertStrongPassword(password, passwordPolicy, own);
  const hash = password === undefined ? undefined : await core.passwords.hash(password);
  const identifiers = {
    ...(email && { email }),
    ...(phone && { phone }),
    ...(username && { username }),
  };
  return core.storage.transaction(async (stores) => {
    const now = core.clock.now();
    const verifiedAt = creation.isVerified === true ? now : null;
    await stores.accounts.deletePending(identifiers);
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
    });
    if (outcome.kind === 'taken') throw new AuthError('identifier_taken', { kind: outcome.by });
    const { account } = outcome;
    if (hash !== undefined) await stores.passwords.set(account.id, hash, now);
    await stores.audit.record({ at: now, type: 'account_created', accountId: account.id, door });
    return account;
  });
}
