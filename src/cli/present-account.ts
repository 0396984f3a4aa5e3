import { type Account, isVerified } from '../core/account/index.ts';
import { inColumns, inISO } from './columns.ts';
import type { SignInState } from './sign-in-state.ts';

/** The document of an account. Field names are stable: scripts live by them. */
export function presentAccount(account: Account, signIn: SignInState) {
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
    hasPassword: signIn.hasPassword,
    isLocked: signIn.isLocked,
    lockedUntil: instant(signIn.lockedUntil),
    isSuperuser,
    isStaff,
    createdAt: inISO(account.createdAt),
    disabledAt: instant(account.disabledAt),
    lastSeenAt: instant(account.lastSeenAt),
  };
}

/** What it contains, for the help of the commands that print it. */
export const accountFields =
  'id, number, username, email, phone, fullName, isVerified, isActive, isPending, hasPassword, isLocked,\n  lockedUntil (null where only a new password ends the lock), isSuperuser, isStaff, createdAt, disabledAt, lastSeenAt';

/** How a line names somebody. */
export function nameOf({ email, username, phone, number }: Account): string {
  return email ?? username ?? phone ?? `#${number}`;
}

/** `active, superuser`; what is worth a look comes first. */
export function stateOf(account: Account, signIn: SignInState): string {
  const state =
    account.disabledAt !== null ? 'disabled' : account.activatedAt === null ? 'pending' : 'active';
  return [
    state,
    ...(signIn.isLocked ? [`locked until ${instant(signIn.lockedUntil) ?? 'it has a new password'}`] : []),
    ...(isVerified(account) ? [] : ['unverified']),
    ...(signIn.hasPassword ? [] : ['no password']),
    ...(account.isSuperuser ? ['superuser'] : []),
    ...(account.isStaff ? ['staff'] : []),
  ].join(', ');
}

/** Everything about one account, a line a fact. */
export function inFull(account: Account, signIn: SignInState): string {
  const facts: (readonly [string, string | null])[] = [
    ['number', `#${account.number}`],
    ['id', account.id],
    ['e-mail', account.email],
    ['phone', account.phone],
    ['username', account.username],
    ['full name', account.fullName],
    ['state', stateOf(account, signIn)],
    ['created', inISO(account.createdAt)],
    ['disabled', instant(account.disabledAt)],
    ['last seen', instant(account.lastSeenAt)],
    ['password', signIn.hasPassword ? 'set' : 'none'],
  ];
  return inColumns(facts.map(([name, value]) => [name, value ?? '-']));
}

function instant(at: number | null): string | null {
  return at === null ? null : inISO(at);
}
