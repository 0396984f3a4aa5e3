import type { Account, Identifier } from '../account/index.ts';
import type { Core } from '../core.ts';
import type { Door } from '../door.ts';
import { AuthError } from '../errors.ts';
import type { IssuedTokens } from '../session/index.ts';
import type { Client, Permit } from '../throttle/index.ts';
import { assertMaySignIn } from './steps/account-state.ts';
import { openSession } from './steps/open-session.ts';
import { type PasswordProof, provePassword } from './steps/prove-password.ts';
import { secondFactorOf } from './steps/second-factor.ts';

export interface SignIn {
  readonly door: Door;
  readonly permit: Permit<'sign_in'>;
  readonly identifier: Identifier;
  readonly password: string;
  /** What a device shows; at doors that demand it. */
  readonly totp?: string;
}

/**
 * The pipeline that no contract can shorten: room to hash → account or none → reserve the attempt → compare password and
 * TOTP → state → session, audit event and cleared counters in one transaction → tokens.
 *
 * @throws AuthError `overloaded`, `account_locked`, `identifier_unknown` and `password_absent` (only where the door discloses),
 *   `credentials_invalid`, `account_unverified`, `account_disabled`
 */
export async function signIn(
  core: Core,
  { door, permit, identifier, password, totp }: SignIn,
): Promise<IssuedTokens> {
  core.passwords.assertRoom();
  const account = await core.storage.accounts.findByIdentifier(identifier);
  const { client } = permit;
  const secondFactor = secondFactorOf(core, { door, account, totp });
  const claim = { door, client, account, identifier, password, ...(secondFactor && { secondFactor }) };
  try {
    const grant = await provePassword(core, claim, async (proof) => {
      if (account === undefined) throw new AuthError('credentials_invalid');
      assertMaySignIn(account, door, proof);
      const rehashed = core.passwords.isOutdated(proof.hash) ? await proof.rehash(password) : undefined;
      return open(core, { door, account, proof, rehashed, client });
    });
    return await door.tokens.write(grant);
  } catch (error) {
    const refusal = error instanceof AuthError ? error.about(account?.id) : error;
    throw door.discloses ? await disclosed(core, account, refusal) : refusal;
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

interface Opening {
  readonly door: Door;
  readonly account: Account;
  readonly proof: PasswordProof;
  readonly rehashed: string | undefined;
  readonly client: Client;
}

async function open(core: Core, { door, account, proof, rehashed, client }: Opening) {
  const now = core.clock.now();
  const grant = await core.storage.transaction(async (stores) => {
    const opened = await openSession(core, stores, { door, account, client });
    if (opened === undefined) return undefined;
    if (rehashed !== undefined)
      await stores.passwords.replace(account.id, { from: proof.hash, to: rehashed, now });
    await stores.audit.record({
      at: now,
      type: 'sign_in_succeeded',
      accountId: account.id,
      sessionId: opened.sessionId,
      door: door.contract,
      address: client.address,
    });
    await proof.succeed(stores);
    return opened;
  });
  // The password was changed or the account closed while it was being compared.
  if (grant === undefined)
    throw new AuthError('credentials_invalid', { reason: 'the account changed meanwhile' });
  return grant;
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
