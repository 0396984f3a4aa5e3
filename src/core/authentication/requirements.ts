import { type Account, isVerified } from '../account/index.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import type { Stores } from '../storage.ts';
import type { Authentication, VerifiedFactor } from './authentication.ts';

/**
 * What the state of an account, the contract and `LATCHKEY_REQUIRE_TOTP` demand of a sign-in. Checked only after the
 * credentials were right: before, the state of the account must not show (SEC-007).
 * @throws AuthError `account_unverified`, `account_disabled`, and `invalid` of the factor
 */
export async function assertMaySignIn(
  core: Core,
  stores: Stores,
  {
    authentication: { account, methods },
    contract,
    invalid,
  }: {
    readonly authentication: Authentication;
    readonly contract: ContractPolicy;
    readonly invalid: VerifiedFactor['invalid'];
  },
): Promise<void> {
  const hasTwoFactors = methods.includes('mfa');
  if (!hasTwoFactors) await assertOneFactorSuffices(core, stores, { account, contract, invalid });
  for (const demand of contract.requirements) {
    if (demand === 'activated' && account.activatedAt === null) throw new AuthError('account_unverified');
    if (demand === 'verified' && !isVerified(account)) throw new AuthError('account_unverified');
    if (demand === 'enabled') assertEnabled(account);
    if (demand === 'totp' && !hasTwoFactors) throw new AuthError('account_unverified', { reason: 'no TOTP' });
  }
  // No contract may let these in. One whose document has no such state refuses them like wrong credentials.
  assertEnabled(account);
  if (account.activatedAt === null) throw new AuthError(invalid, { reason: 'pending' });
}

/**
 * An account with TOTP must show it where the contract requires TOTP, and under `LATCHKEY_REQUIRE_TOTP=enrolled`
 * everywhere. A sign-in without it is refused like one with wrong credentials (SEC-029).
 * @throws AuthError `invalid`
 */
export async function assertOneFactorSuffices(
  { policy }: Core,
  stores: Stores,
  {
    account,
    contract,
    invalid,
  }: {
    readonly account: Account;
    readonly contract: ContractPolicy;
    readonly invalid: VerifiedFactor['invalid'];
  },
): Promise<void> {
  if (!policy.requireTotp && !contract.requirements.includes('totp')) return;
  if ((await stores.totp.find(account.id)) === undefined) return;
  throw new AuthError(invalid, { reason: 'the account has TOTP' }).about(account.id);
}

/** @throws AuthError `account_disabled` */
export function assertEnabled(account: Account): void {
  if (account.disabledAt !== null) throw new AuthError('account_disabled').about(account.id);
}
