import { digest } from '../../crypto/digests.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import type { Grant, IssuedTokens } from '../session/index.ts';
import type { Stores } from '../storage.ts';
import type { Client } from '../throttle/index.ts';
import type { Authentication, VerifiedFactor } from './authentication.ts';
import { assertMaySignIn } from './requirements.ts';

const HANDLE_BYTES = 32;

/** Where an account signs in, and from where. */
interface SignInPlace {
  readonly contract: ContractPolicy;
  readonly client: Client;
}

/**
 * The end of every sign-in, whatever the factor. In one transaction: uses the factor, checks the account and what the
 * contract requires, opens the session with its audit event, and clears the counters. Tokens are written after the commit.
 *
 * @throws AuthError `account_unverified`, `account_disabled`, and `invalid` of the factor: it was used before, does not
 *   suffice, or the account changed since it was verified
 */
export async function completeSignIn(
  core: Core,
  verified: VerifiedFactor,
  { contract, client }: SignInPlace,
): Promise<IssuedTokens> {
  const { invalid } = verified;
  const grant = await core.storage.transaction(async (stores) => {
    const authentication = await verified.authenticate(stores);
    const { account, methods } = authentication;
    await assertMaySignIn(core, stores, { authentication, contract, invalid });
    const opened = await openSession(core, stores, authentication, { contract, client });
    if (opened === undefined) throw new AuthError(invalid, { reason: 'the account changed meanwhile' });
    await stores.audit.record({
      at: opened.issuedAt,
      type: 'sign_in_succeeded',
      accountId: account.id,
      sessionId: opened.sessionId,
      door: contract.name,
      address: client.address,
      detail: { amr: methods.join(' ') },
    });
    await verified.succeed?.(stores);
    return opened;
  });
  return contract.tokens.write(grant);
}

/** Undefined when the account is gone or in another epoch: what was verified is not worth a session any more (SEC-062). */
async function openSession(
  core: Core,
  stores: Stores,
  { account, methods, at }: Authentication,
  { contract, client }: SignInPlace,
): Promise<Grant | undefined> {
  const issuedAt = core.clock.now();
  const handle = core.random.bytes(HANDLE_BYTES);
  const grant: Grant = {
    accountId: account.id,
    sessionId: core.random.uuid(),
    handle,
    issuedAt,
    sessionExpiresAt: issuedAt + contract.sessionMs,
  };
  const { tokens } = contract;
  const { accessMs, refreshMs } = tokens;
  const created = await stores.sessions.create({
    id: grant.sessionId,
    accountId: account.id,
    contract: contract.name,
    epoch: account.epoch,
    createdAt: issuedAt,
    expiresAt: grant.sessionExpiresAt,
    authenticatedAt: at,
    methods,
    address: client.address,
    ...(client.userAgent !== undefined && { userAgent: client.userAgent }),
    ...(refreshMs > 0 && { refresh: { digest: digest(handle), expiresAt: issuedAt + refreshMs } }),
    ...(tokens.access === 'stored' && {
      access: { digest: tokens.accessDigest(handle), expiresAt: issuedAt + accessMs },
    }),
  });
  return created ? grant : undefined;
}
