import type { Account } from '../../core/account/index.ts';

/** The user, in the order in which the contract lists it. */
export function presentUser(account: Account) {
  return {
    username: account.username ?? account.email ?? account.phone,
    email: account.email,
    is_active: account.activatedAt !== null && account.disabledAt === null,
    is_superuser: account.isSuperuser,
    is_staff: account.isStaff,
    full_name: account.fullName,
    id: account.id,
  };
}
