import type { Selectable } from 'kysely';
import type { Account } from '../../../core/account/index.ts';
import type { AccountsTable } from '../tables/index.ts';

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
  'accounts.disabled_at',
  'accounts.last_seen_at',
  'accounts.epoch',
] as const;

export type AccountRow = Omit<Selectable<AccountsTable>, 'username_key' | 'email_key'>;

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
    disabledAt: row.disabled_at,
    lastSeenAt: row.last_seen_at,
    epoch: row.epoch,
  };
}

/** The same from a row that came as an array, with `accountColumns` from `start` on. */
export function toAccountFrom(row: readonly unknown[], start: number): Account {
  const text = (column: number) => row[start + column] as string | null;
  const number = (column: number) => row[start + column] as number;
  const instant = (column: number) => row[start + column] as number | null;
  return {
    id: row[start] as string,
    number: number(1),
    username: text(2),
    email: text(3),
    phone: text(4),
    fullName: text(5),
    givenName: text(6),
    familyName: text(7),
    birthDate: text(8),
    bio: text(9),
    isSuperuser: number(10) === 1,
    isStaff: number(11) === 1,
    createdAt: number(12),
    activatedAt: instant(13),
    emailVerifiedAt: instant(14),
    phoneVerifiedAt: instant(15),
    disabledAt: instant(16),
    lastSeenAt: instant(17),
    epoch: number(18),
  };
}
