import { type Account, isVerified } from '../core/account/index.ts';
import type { SignInLock, SignInState } from '../core/admin.ts';
import type { AuditEvent, AuditEventType } from '../core/audit/index.ts';
import { inColumns, inISO } from './columns.ts';

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
    emailVerifiedAt: instant(account.emailVerifiedAt),
    phoneVerifiedAt: instant(account.phoneVerifiedAt),
    isActive: account.disabledAt === null,
    isPending: account.activatedAt === null,
    signUpAddress: signIn.signUpAddress ?? null,
    hasPassword: signIn.hasPassword,
    hasTotp: signIn.hasTotp,
    isLocked: signIn.locks.length > 0,
    lockedUntil: instant(lockedUntil(signIn.locks)),
    locks: signIn.locks.map(({ reason, until }) => ({ reason, until: instant(until) })),
    isSuperuser,
    isStaff,
    createdAt: inISO(account.createdAt),
    disabledAt: instant(account.disabledAt),
    lastSeenAt: instant(account.lastSeenAt),
    lastSignIn: presentEvent(signIn.lastSignIn),
    lastRefusal: presentEvent(signIn.lastRefusal),
  };
}

/** What it contains, for the help of the commands that print it. */
export const accountFields = [
  'id, number, username, email, phone, fullName, isVerified, emailVerifiedAt, phoneVerifiedAt, isActive, isPending,',
  'signUpAddress: what a pending sign-up has to confirm,',
  'hasPassword, hasTotp, isLocked, lockedUntil (null where only an unlock or a reset ends the lock),',
  'locks: [{ reason: wrong_passwords or wrong_totp_codes, until }], isSuperuser, isStaff, createdAt, disabledAt,',
  'lastSeenAt, lastSignIn and lastRefusal: { at, type, contract, address } or null',
].join('\n  ');

/** How a line names an account. */
export function nameOf({ email, username, phone, number }: Account): string {
  return email ?? username ?? phone ?? `#${number}`;
}

/** `active, superuser`; what is worth a look comes first. */
export function stateOf(account: Account, { locks, hasPassword }: SignInState): string {
  const state =
    account.disabledAt !== null ? 'disabled' : account.activatedAt === null ? 'pending' : 'active';
  return [
    state,
    ...locks.map(lockInWords),
    ...(isVerified(account) ? [] : ['unverified']),
    ...(hasPassword ? [] : ['no password']),
    ...(account.isSuperuser ? ['superuser'] : []),
    ...(account.isStaff ? ['staff'] : []),
  ].join(', ');
}

/** Everything about one account, a line a fact. */
export function inFull(account: Account, signIn: SignInState): string {
  const facts: (readonly [string, string | null])[] = [
    ['number', `#${account.number}`],
    ['id', account.id],
    ['e-mail', addressInWords(account.email, account.emailVerifiedAt)],
    ['phone', addressInWords(account.phone, account.phoneVerifiedAt)],
    ['to confirm', signIn.signUpAddress ?? null],
    ['username', account.username],
    ['full name', account.fullName],
    ['state', stateOf(account, signIn)],
    ['created', inISO(account.createdAt)],
    ['disabled', instant(account.disabledAt)],
    ['last seen', instant(account.lastSeenAt)],
    ['last sign-in', eventInWords(signIn.lastSignIn)],
    ['last refusal', eventInWords(signIn.lastRefusal)],
    ['password', signIn.hasPassword ? 'set' : 'none'],
    ['TOTP', signIn.hasTotp ? 'enrolled' : 'none'],
  ];
  return inColumns(facts.map(([name, value]) => [name, value ?? '-']));
}

function addressInWords(address: string | null, verifiedAt: number | null): string | null {
  if (address === null) return null;
  return `${address} (${verifiedAt === null ? 'not verified' : `verified ${inISO(verifiedAt)}`})`;
}

const lockReasons: Record<SignInLock['reason'], readonly [what: string, end: string]> = {
  wrong_passwords: ['wrong passwords', 'it is unlocked or has a new password'],
  wrong_totp_codes: ['wrong TOTP codes', 'it is unlocked or TOTP is enrolled again'],
};

function lockInWords({ reason, until }: SignInLock): string {
  const [what, end] = lockReasons[reason];
  return `locked until ${instant(until) ?? end} (${what})`;
}

/** The end of the lock that lasts longest; null when none is in force or one has no end. */
export function lockedUntil(locks: readonly Pick<SignInLock, 'until'>[]): number | null {
  const ends = locks.map(({ until }) => until ?? Number.POSITIVE_INFINITY);
  const last = Math.max(...ends);
  return Number.isFinite(last) ? last : null;
}

function presentEvent(event: AuditEvent | undefined) {
  if (event === undefined) return null;
  const { at, type, door: contract, address = null } = event;
  return { at: inISO(at), type, contract, address };
}

const refusalsInWords: Partial<Record<AuditEventType, string>> = {
  sign_in_failed: ': wrong password or TOTP',
  challenge_failed: ': wrong code',
};

function eventInWords(event: AuditEvent | undefined): string | null {
  if (event === undefined) return null;
  const { at, type, door, address } = event;
  const from = address === undefined ? '' : ` from ${address}`;
  return `${inISO(at)} at ${door}${from}${refusalsInWords[type] ?? ''}`;
}

function instant(at: number | null): string | null {
  return at === null ? null : inISO(at);
}
