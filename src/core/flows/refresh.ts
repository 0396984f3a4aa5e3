import { digest } from '../../crypto/digests.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import type { IssuedTokens, SignedTokenFormat, StoredTokenFormat } from '../session/index.ts';
import type { AddressPermit } from '../throttle/index.ts';

export interface Refresh {
  readonly contract: ContractPolicy;
  readonly permit: AddressPermit<'refresh'>;
  readonly token: string;
}

/** Access tokens kept of one session. Bounds what a client that refreshes in a loop stores. */
const ACCESS_TOKENS_KEPT = 100;
const HANDLE_BYTES = 32;

/**
 * Issues new tokens for a refresh token (RFC 6749 §6): exchanges one that is single-use, and issues an access token for
 * one that is reusable.
 * @throws AuthError `token_invalid`, `token_expired`, `refresh_refused`
 */
export async function refresh(core: Core, request: Refresh): Promise<IssuedTokens> {
  const { tokens } = request.contract;
  return tokens.refresh === 'single_use'
    ? exchange(core, { ...request, tokens })
    : issueAccessToken(core, { ...request, tokens });
}

/**
 * A repeat within the grace gets the same pair, byte for byte, on every process: the successor is derived from the token,
 * and both tokens are written for the instant of the first exchange (decision 0002).
 */
async function exchange(
  core: Core,
  { contract, permit, tokens, token }: Refresh & { readonly tokens: SignedTokenFormat },
): Promise<IssuedTokens> {
  const now = core.clock.now();
  const handle = await tokens.readRefresh(token, now);
  const successor = core.deriveSuccessor(handle);
  const outcome = await core.storage.refreshTokens.exchange({
    digest: digest(handle),
    successor: { digest: digest(successor), expiresAt: now + tokens.refreshMs },
    now,
    graceMs: core.policy.refreshGraceMs,
  });
  switch (outcome.kind) {
    case 'exchanged':
    case 'repeated': {
      const { accountId, sessionId, sessionExpiresAt, exchangedAt: issuedAt } = outcome;
      return tokens.write({ accountId, sessionId, sessionExpiresAt, issuedAt, handle: successor });
    }
    case 'reused':
      await recordReuse(core, { contract, permit, ...outcome });
      throw new AuthError('refresh_refused', { reason: 'reused' }).about(outcome.accountId);
    case 'expired':
      throw new AuthError('token_expired');
    case 'superseded':
    case 'ended':
    case 'unknown':
      throw new AuthError('refresh_refused', { reason: outcome.kind });
  }
}

/** Each use gets an access token of its own, parallel ones too. The refresh token stays valid (decision 0013). */
async function issueAccessToken(
  core: Core,
  { contract, tokens, token }: Refresh & { readonly tokens: StoredTokenFormat },
): Promise<IssuedTokens> {
  const now = core.clock.now();
  const refreshHandle = await tokens.readRefresh(token, now);
  const handle = core.random.bytes(HANDLE_BYTES);
  const outcome = await core.storage.accessTokens.issue({
    refreshDigest: digest(refreshHandle),
    contract: contract.name,
    access: { digest: tokens.accessDigest(handle), expiresAt: now + tokens.accessMs },
    now,
    keep: ACCESS_TOKENS_KEPT,
  });
  if (outcome.kind === 'issued') return tokens.writeRefreshed({ ...outcome, handle, issuedAt: now });
  throw new AuthError(outcome.kind === 'expired' ? 'token_expired' : 'refresh_refused', {
    reason: outcome.kind,
  });
}

interface Reuse {
  readonly contract: ContractPolicy;
  readonly permit: AddressPermit<'refresh'>;
  readonly accountId: string;
  readonly sessionId: string;
  readonly ended: boolean;
}

async function recordReuse(
  core: Core,
  { contract, permit, accountId, sessionId, ended }: Reuse,
): Promise<void> {
  // Once for each session; later uses of the token find it ended.
  if (!ended) return;
  const { address } = permit.client;
  core.log.warn({ event: 'refresh_reused', accountId, sessionId, address }, 'a refresh token was used twice');
  const event = { type: 'refresh_reused', accountId, sessionId, door: contract.name, address } as const;
  await core.storage.audit.record({ at: core.clock.now(), ...event });
}

refresh.errors = ['token_invalid', 'token_expired', 'refresh_refused'] as const;
