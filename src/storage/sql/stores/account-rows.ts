import type { Selectable } from 'kysely';
import type { Account } from '../../../core/account/index.ts';
import type { AccountsTable } from '../tables/index.ts';

/** Where an identifier of each kind is found. */
export const keyColumn = { email: 'email_key', phone: 'phone', username: 'username_key' } as const;

/** Every column that makes an Account, by the name it has in the table. */
export const accountColumns = [
  'accounts.id',
  'accounts.number',
  'accounts.username',
  'accounts.email',
  'accounts.phone',
  'accounts.full_name',
  'accounts.given_name',
  'accounts.family_name',
  'accounts.birth_date',
  'accounts.bio',
  'accounts.is_superuser',
  'accounts.is_staff',
  'accounts.created_at',
  'accounts.activated_at',
  'accounts.email_verified_at',
  'accounts.phone_verified_at',
  'accounts.first_proved_at',
  'accounts.disabled_at',
  'accounts.last_seen_at',
  'accounts.epoch',
] as const;

export type AccountRow = Omit<Selectable<AccountsTable>, 'username_key' | 'email_key' | `sign_up_${string}`>;

export function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    number: row.number,
    username: row.username,
    email: row.email,
    phone: row.phone,
    fullName: row.full_name,
    givenName: row.given_name,
    familyName: row.family_name,
    birthDate: row.birth_date,
    bio: row.bio,
    isSuperuser: row.is_superuser === 1,
    isStaff: row.is_staff === 1,
    createdAt: row.created_at,
    activatedAt: row.activated_at,
    emailVerifiedAt: row.email_verified_at,
    phoneVerifiedAt: row.phone_verified_at,
    firstProvedAt: row.first_proved_at,
    disabledAt: row.disabled_at,
    lastSeenAt: row.last_seen_at,
    epoch: row.epoch,
  };
}
