import { digest } from '../../crypto/digests.ts';
import type { Core } from '../core.ts';
import type { Door } from '../door.ts';
import { AuthError } from '../errors.ts';
import type { IssuedTokens } from '../session/index.ts';
import type { Permit } from '../throttle/index.ts';

export interface Refresh {
  readonly door: Door;
  readonly permit: Permit<'refresh'>;
  readonly token: string;
}

/**
 * Exchanges a refresh token for a new pair. A repeat inside the grace gets the same pair, byte for byte, on every
 * process: the successor is derived from the token, not drawn, and written from the instant of the exchange.
 *
 * @throws AuthError `token_invalid`, `token_expired`, `refresh_refused`
 */
export async function refresh(core: Core, { door, permit, token }: Refresh): Promise<IssuedTokens> {
  const now = core.clock.now();
  const handle = await door.tokens.readRefresh(token, now);
  const successor = core.successorOf(handle);
  const outcome = await core.storage.sessions.rotate({
    digest: digest(handle),
    successor: { digest: digest(successor), expiresAt: now + door.tokens.refreshMs },
    now,
    graceMs: core.policy.refreshGraceMs,
  });
  switch (outcome.kind) {
    case 'rotated':
    case 'repeated': {
      const { accountId, sessionId, sessionExpiresAt, exchangedAt: issuedAt } = outcome;
      return door.tokens.write({ accountId, sessionId, sessionExpiresAt, issuedAt, handle: successor });
    }
    case 'reused':
      await recordReuse(core, { door, permit, ...outcome });
      throw new AuthError('refresh_refused', { reason: 'reused' });
    case 'expired':
      throw new AuthError('token_expired');
    case 'superseded':
    case 'ended':
    case 'unknown':
      throw new AuthError('refresh_refused', { reason: outcome.kind });
  }
}

interface Reuse {
  readonly door: Door;
  readonly permit: Permit<'refresh'>;
  readonly accountId: string;
  readonly sessionId: string;
  readonly ended: boolean;
}

async function recordReuse(core: Core, { door, permit, accountId, sessionId, ended }: Reuse): Promise<void> {
  // Once for each session: a thief who goes on knocking is not news.
  if (!ended) return;
  const { address } = permit.client;
  core.log.warn({ event: 'refresh_reused', accountId, sessionId, address }, 'a refresh token was used twice');
  const event = { type: 'refresh_reused', accountId, sessionId, door: door.contract, address } as const;
  await core.storage.audit.record({ at: core.clock.now(), ...event });
}
