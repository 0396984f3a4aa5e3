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

/** A session has no use for more at the same time; a loop of refreshes must not fill a disk. */
const ACCESS_TOKENS_KEPT = 100;
const HANDLE_BYTES = 32;

/**
 * Gives out new tokens for a refresh token: by exchanging it, or, at a contract whose clients keep theirs, beside it.
 * @throws AuthError `token_invalid`, `token_expired`, `refresh_refused`
 */
export async function refresh(core: Core, request: Refresh): Promise<IssuedTokens> {
  const { contract, permit, token } = request;
  const { tokens } = contract;
  return tokens.refresh === 'rotating'
    ? exchange(core, { contract, permit, tokens, token })
    : renew(core, { contract, tokens, token });
}

/** Every use is answered with another access token, also parallel ones. The refresh token stays what it was. */
async function renew(
  core: Core,
  { contract, tokens, token }: { contract: ContractPolicy; tokens: StoredTokenFormat; token: string },
): Promise<IssuedTokens> {
  const issuedAt = core.clock.now();
  const presented = await tokens.readRefresh(token, issuedAt);
  const handle = core.random.bytes(HANDLE_BYTES);
  const outcome = await core.storage.sessions.renew({
    digest: digest(presented),
    contract: contract.name,
    access: { digest: tokens.accessDigest(handle), expiresAt: issuedAt + tokens.accessMs },
    now: issuedAt,
    keep: ACCESS_TOKENS_KEPT,
  });
  if (outcome.kind === 'renewed') return tokens.writeRenewed({ ...outcome, handle, issuedAt });
  throw new AuthError(outcome.kind === 'expired' ? 'token_expired' : 'refresh_refused', {
    reason: outcome.kind,
  });
}

interface RotatingRefresh extends Refresh {
  readonly tokens: SignedTokenFormat;
}

/**
 * Exchanges a refresh token for a new pair. A repeat inside the grace gets the same pair, byte for byte, on every
 * process: the successor is derived from the token, not drawn, and written from the instant of the exchange.
 */
async function exchange(
  core: Core,
  { contract, permit, tokens, token }: RotatingRefresh,
): Promise<IssuedTokens> {
  const now = core.clock.now();
  const handle = await tokens.readRefresh(token, now);
  const successor = core.successorOf(handle);
  const outcome = await core.storage.sessions.rotate({
    digest: digest(handle),
    successor: { digest: digest(successor), expiresAt: now + tokens.refreshMs },
    now,
    graceMs: core.policy.refreshGraceMs,
  });
  switch (outcome.kind) {
    case 'rotated':
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
  // Once for each session: a thief who goes on knocking is not news.
  if (!ended) return;
  const { address } = permit.client;
  core.log.warn({ event: 'refresh_reused', accountId, sessionId, address }, 'a refresh token was used twice');
  const event = { type: 'refresh_reused', accountId, sessionId, door: contract.name, address } as const;
  await core.storage.audit.record({ at: core.clock.now(), ...event });
}

refresh.errors = ['token_invalid', 'token_expired', 'refresh_refused'] as const;
