import type { Account } from '../account/index.ts';
import { AuthError, type PasswordRule } from '../errors.ts';
import { isCommonPassword } from './common-passwords.ts';

/** Bytes, not characters: the bound is about work and storage. Also the bound for a login attempt (SEC-043). */
export const PASSWORD_MAX_BYTES = 1024;

/**
 * Bytes of UTF-8 as they were sent, counted before NFC, whose time grows with the square of the combining marks. NFC
 * shortens a text to a third at most, so that no password which may be set is longer.
 */
const PASSWORD_MAX_RAW_BYTES = 4096;

export interface PasswordPolicy {
  /** Code points. */
  readonly minLength: number;
  readonly refuseEntirelyNumeric?: boolean;
  /** A change must change something. */
  readonly refuseUnchanged?: boolean;
}

/** What a password must not resemble. */
export type OwnIdentifiers = Partial<Pick<Account, 'username' | 'email' | 'phone' | 'fullName'>>;

const SIMILAR_FROM = 0.7;
const SHORTEST_COMPARED_PART = 3;

/** Length of the longest common subsequence, in one row of memory. */
function commonLength(left: readonly string[], right: readonly string[]): number {
  const row = new Uint16Array(right.length + 1);
  for (const character of left) {
    let diagonal = 0;
    for (let column = 1; column <= right.length; column += 1) {
      const above = row[column] ?? 0;
      row[column] = right[column - 1] === character ? diagonal + 1 : Math.max(above, row[column - 1] ?? 0);
      diagonal = above;
    }
  }
  return row[right.length] ?? 0;
}

function isSimilar(password: string, own: OwnIdentifiers): boolean {
  const typed = [...password.toLowerCase()];
  const values = [own.username, own.email, own.phone, own.fullName].filter((value) => value != null);
  const parts = values.flatMap((value) => [value, ...value.split(/[^\p{L}\p{N}]+/u)]);
  return parts.some((part) => {
    const other = [...part.toLowerCase()];
    const total = typed.length + other.length;
    // The ratio cannot reach the bound when the lengths are this far apart; skips the quadratic comparison.
    const reachable = (2 * Math.min(typed.length, other.length)) / total >= SIMILAR_FROM;
    if (other.length < SHORTEST_COMPARED_PART || !reachable) return false;
    return (2 * commonLength(typed, other)) / total >= SIMILAR_FROM;
  });
}

const isTooLongToNormalize = (password: string): boolean =>
  Buffer.byteLength(password) > PASSWORD_MAX_RAW_BYTES;

const weak = (rules: readonly PasswordRule[]): AuthError => {
  const [rule = 'too_short'] = rules;
  return new AuthError('password_weak', { rule, rules });
};

/**
 * RFC 8265 §4.2 (OpaqueString): one form for what two keyboards may send as different code points.
 * @throws AuthError `password_weak` (`too_long`) for a text that is too long to be normalized
 */
export function canonicalPassword(password: string): string {
  if (isTooLongToNormalize(password)) throw weak(['too_long']);
  return password.normalize('NFC');
}

/** Whether a text is longer than any password that was ever set. */
export function isPasswordTooLong(password: string): boolean {
  return (
    isTooLongToNormalize(password) || Buffer.byteLength(canonicalPassword(password)) > PASSWORD_MAX_BYTES
  );
}

function brokenRules(password: string, policy: PasswordPolicy, own: OwnIdentifiers): PasswordRule[] {
  // Not compared with anything: a comparison is quadratic, and this is no password yet.
  if (Buffer.byteLength(password) > PASSWORD_MAX_BYTES) return ['too_long'];
  const broken: Partial<Record<PasswordRule, boolean>> = {
    too_short: [...password].length < policy.minLength,
    similar: isSimilar(password, own),
    common: isCommonPassword(password),
    entirely_numeric: policy.refuseEntirelyNumeric === true && /^\p{Nd}+$/u.test(password),
  };
  return (Object.keys(broken) as PasswordRule[]).filter((rule) => broken[rule]);
}

/** @throws AuthError `password_weak` with every broken rule, the first one foremost. */
export function assertStrongPassword(password: string, policy: PasswordPolicy, own: OwnIdentifiers): void {
  const rules = brokenRules(canonicalPassword(password), policy, own);
  if (rules.length > 0) throw weak(rules);
}

/** @throws AuthError `password_weak` where the policy wants a change to be one. */
export function assertChanged(current: string, next: string, { refuseUnchanged }: PasswordPolicy): void {
  if (refuseUnchanged !== true || canonicalPassword(current) !== canonicalPassword(next)) return;
  throw new AuthError('password_weak', { rule: 'unchanged', rules: ['unchanged'] });
}
