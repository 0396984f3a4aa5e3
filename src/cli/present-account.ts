import { type Account, isVerified } from '../core/account/index.ts';
import { inColumns, inISO } from './columns.ts';

/** The document of an account. Field names are stable: scripts live by them. */
export function presentAccount(account: Account) {
  const { id, number, username, email, phone, fullName, isSuperuser, isStaff } = account;
  return {
    id,
    number,
    username,
    email,
    phone,
    fullName,
    isVerified: isVerified(account),
    isActive: account.disabledAt === null,
    isPending: account.activatedAt === null,
    isSuperuser,
    isStaff,
    createdAt: inISO(account.createdAt),
    disabledAt: instant(account.disabledAt),
    lastSeenAt: instant(account.lastSeenAt),
  };
}

/** What it contains, for the help of the commands that print it. */
export const accountFields =
  'id, number, username, email, phone, fullName, isVerified, isActive, isPending, isSuperuser, isStaff,\n  createdAt, disabledAt, lastSeenAt';

/** How a line names somebody. */
export function nameOf({ email, username, phone, number }: Account): string {
  return email ?? username ?? phone ?? `#${number}`;
}

/** `active, superuser`; what is worth a look comes first. */
export function stateOf(account: Account): string {
  const state =
    account.disabledAt !== null ? 'disabled' : account.activatedAt === null ? 'pending' : 'active';
  return [
    state,
    ...(isVerified(account) ? [] : ['unverified']),
    ...(account.isSuperuser ? ['superuser'] : []),
    ...(account.isStaff ? ['staff'] : []),
  ].join(', ');
}

/** Everything about one account, a line a fact. */
export function inFull(account: Account, more: readonly (readonly [string, string])[] = []): string {
  const facts: (readonly [string, string | null])[] = [
    ['number', `#${account.number}`],
    ['id', account.id],
    ['e-mail', account.email],
    ['phone', account.phone],
    ['username', account.username],
    ['full name', account.fullName],
    ['state', stateOf(account)],
    ['created', inISO(account.createdAt)],
    ['disabled', instant(account.disabledAt)],
    ['last seen', instant(account.lastSeenAt)],
    ...more,
  ];
  return inColumns(facts.map(([name, value]) => [name, value ?? '-']));
}

function instant(at: number | null): string | null {
  return at === null ? null : inISO(at);
}
