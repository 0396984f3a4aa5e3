import type { Account } from '../account/index.ts';
import { verifySessionTotp } from '../authentication/totp.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { AuthError, refusalsAbout } from '../errors.ts';
import type { AuthenticatedSession, LiveSession } from '../session/index.ts';

/** How often the account's last sign of life is written: often enough for "seen within the last 5 minutes". */
const PRESENCE_INTERVAL_MS = 60_000;

interface Shown {
  readonly contract: ContractPolicy;
  readonly token: string;
  /** What a device shows beside it; at contracts that demand it. */
  readonly totp?: string;
}

/**
 * Who an access token speaks for. Reads the session every time, so that a revocation is seen by the next request
 * (decision 6); all that happened before in the token's name is one point query.
 *
 * @throws AuthError `token_invalid`, `token_expired`, `token_wrong_kind`, `account_gone`; where the contract demands TOTP `totp_invalid`
 */
export async function authenticate(
  core: Core,
  { contract, token, totp }: Shown,
): Promise<AuthenticatedSession> {
  const now = core.clock.now();
  const live = await find(core, { contract, token }, now);
  if (contract.requirements.includes('totp')) {
    await refusalsAbout(live.account.id, () => verifySessionTotp(core, { contract, live, code: totp }));
  }
  // Neither the sealed secret nor the count of wrong codes leaves core.
  const shown = { session: live.session, account: notePresence(core, live.account, now) };
  return shown as AuthenticatedSession;
}

async function find(core: Core, { contract, token }: Shown, now: number): Promise<LiveSession> {
  const { accounts, sessions, accessTokens } = core.storage;
  if (contract.tokens.access === 'stored') {
    const digest = await contract.tokens.readAccess(token);
    const live = await accessTokens.findSession(digest, now);
    // One that is over is forgotten sooner or later, so it must not be told from one that never was.
    if (live?.session.contract !== contract.name) {
      throw new AuthError('token_expired', { reason: 'unknown, revoked or expired' });
    }
    return live;
  }
  const { accountId, sessionId } = await contract.tokens.readAccess(token, now);
  const live = await sessions.findLive(sessionId, now);
  if (live === undefined || live.session.contract !== contract.name || live.account.id !== accountId) {
    const account = await accounts.findById(accountId);
    if (account === undefined)
      throw new AuthError('account_gone', { reason: 'the session is over' }).about(accountId);
    const isDisabled = account.disabledAt !== null;
    throw new AuthError('token_invalid', { reason: 'the session is over', isDisabled }).about(accountId);
  }
  return live;
}

/** The write is not waited for: nobody's request should be slower or fail because of it. */
function notePresence(core: Core, account: Account, now: number): Account {
  const unlessSince = now - PRESENCE_INTERVAL_MS;
  if (account.lastSeenAt !== null && account.lastSeenAt >= unlessSince) return account;
  core.storage.accounts.touch(account.id, { now, unlessSince }).catch((error: unknown) => {
    core.log.warn({ event: 'presence_lost', err: error }, 'could not note that an account was here');
  });
  return { ...account, lastSeenAt: now };
}

authenticate.errors = [
  'token_invalid',
  'token_expired',
  'token_wrong_kind',
  'account_gone',
  'totp_invalid',
] as const;
