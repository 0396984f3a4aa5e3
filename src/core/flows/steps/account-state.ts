import { type Account, isVerified } from '../../account/index.ts';
import type { Door } from '../../door.ts';
import { AuthError } from '../../errors.ts';
import type { SecondFactorOutcome } from './second-factor.ts';

/**
 * What the state of an account keeps from signing in here. Asked only after the credentials were right: before,
 * the state is nobody's business (SEC-007).
 * @throws AuthError `account_unverified`, `account_disabled`, `credentials_invalid`
 */
export function assertMaySignIn(
  account: Account,
  door: Door,
  { secondFactor }: { readonly secondFactor: SecondFactorOutcome },
): void {
  for (const demand of door.demands) {
    if (demand === 'activated' && account.activatedAt === null) throw new AuthError('account_unverified');
    if (demand === 'verified' && !isVerified(account)) throw new AuthError('account_unverified');
    if (demand === 'enabled') assertEnabled(account);
    if (demand === 'totp' && secondFactor !== 'proved') {
      throw new AuthError('account_unverified', { reason: 'no TOTP' });
    }
  }
  // A pending sign-up opens no door; one whose document knows no such state says nothing of it.
  if (account.activatedAt === null) throw new AuthError('credentials_invalid', { reason: 'pending' });
}

/** @throws AuthError `account_disabled` */
export function assertEnabled(account: Account): void {
  if (account.disabledAt !== null) throw new AuthError('account_disabled').about(account.id);
}
