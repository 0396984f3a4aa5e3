import type { Account, Identifier } from '../account/index.ts';
import { completeSignIn } from '../authentication/complete-sign-in.ts';
import { verifyPassword } from '../authentication/password.ts';
import { totpBesidePassword } from '../authentication/totp.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import type { IssuedTokens } from '../session/index.ts';
import type { Permit } from '../throttle/index.ts';

export interface SignIn {
  readonly contract: ContractPolicy;
  readonly permit: Permit<'sign_in'>;
  readonly identifier: Identifier;
  readonly password: string;
  /** What a device shows; at contracts that require it. */
  readonly totp?: string;
}

/**
 * The pipeline that no contract can shorten: room to hash → account or none → reserve the attempt → compare password and
 * TOTP → one transaction with the account's state, session, audit event and cleared counters → tokens.
 *
 * @throws AuthError `overloaded`, `account_locked`, `identifier_unknown` and `password_absent` (only where the contract discloses),
 *   `credentials_invalid`, `account_unverified`, `account_disabled`
 */
export async function signIn(
  core: Core,
  { contract, permit, identifier, password, totp: code }: SignIn,
): Promise<IssuedTokens> {
  core.passwords.assertRoom();
  const account = await core.storage.accounts.findByIdentifier(identifier);
  const { client } = permit;
  const totp = totpBesidePassword(core, { contract, account, code });
  try {
    await using verified = await verifyPassword(core, {
      contract,
      client,
      account,
      identifier,
      password,
      totp,
      renewsHash: true,
    });
    return await completeSignIn(core, verified, { contract, client });
  } catch (error) {
    const refusal = error instanceof AuthError ? error.about(account?.id) : error;
    throw contract.disclosesExistence ? await disclosed(core, account, refusal) : refusal;
  }
}

/** What a contract that discloses says more exactly than that the credentials are wrong. */
async function disclosed({ storage }: Core, account: Account | undefined, error: unknown): Promise<unknown> {
  if (!(error instanceof AuthError)) return error;
  const isWrong = error.code === 'credentials_invalid';
  if (account === undefined) {
    const isRefused = isWrong || error.code === 'account_locked';
    return isRefused ? new AuthError('identifier_unknown', { cause: error }) : error;
  }
  const isPasswordless =
    isWrong && account.activatedAt !== null && (await storage.passwords.find(account.id)) === undefined;
  return isPasswordless ? new AuthError('password_absent', { cause: error }) : error;
}
signIn.errors = [
  'overloaded',
  'account_locked',
  'identifier_unknown',
  'password_absent',
  'credentials_invalid',
  'account_unverified',
  'account_disabled',
] as const;
