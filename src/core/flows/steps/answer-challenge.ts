import type { ContactIdentifier } from '../../account/index.ts';
import type { ChallengePurpose, TriedChallenge } from '../../challenge/index.ts';
import type { Core } from '../../core.ts';
import type { Door } from '../../door.ts';
import { AuthError } from '../../errors.ts';
import type { Stores } from '../../storage.ts';
import type { Permit } from '../../throttle/index.ts';

export interface ChallengeAnswer {
  readonly door: Door;
  readonly permit: Permit<'confirm'>;
  /** The identifier that the secret was sent to. */
  readonly identifier: ContactIdentifier;
  /** Six digits, or a link's token. */
  readonly code: string;
}

/** A challenge that was answered rightly. Whoever spends it is the only one. */
export interface AnsweredChallenge {
  readonly challenge: TriedChallenge;
  /**
   * First statement of the caller's transaction.
   * @throws AuthError `code_invalid` when another request was faster; rolls the transaction back.
   */
  spend(stores: Stores): Promise<void>;
}

function quotaKeys(core: Core, purpose: ChallengePurpose, { key }: ContactIdentifier) {
  return core.policy.wrongCodes.map(({ name, ...quota }) => ({
    quota,
    key: `codes:${name}:${purpose}:${core.nameOf(key)}`,
  }));
}

/**
 * Counts the guess, commits the count, and only then compares. Sending a new code starts new tries, but not a new
 * quota (SEC-018).
 * @throws AuthError `throttled`, `identifier_unknown`, `code_expired`, `code_invalid`
 */
export async function answerChallenge(
  core: Core,
  purpose: ChallengePurpose,
  { door, permit, identifier, code }: ChallengeAnswer,
): Promise<AnsweredChallenge> {
  const { storage, policy, challengeSecrets } = core;
  const now = core.clock.now();
  const quotas = quotaKeys(core, purpose, identifier);

  const counted = await storage.transaction(async (stores) => {
    for (const { key, quota } of quotas) {
      const outcome = await stores.quotas.count(key, quota, now);
      if (outcome.kind === 'exceeded') return outcome;
    }
    return { kind: 'counted' as const, tried: await stores.challenges.countTry(purpose, identifier.key) };
  });
  if (counted.kind === 'exceeded') {
    throw new AuthError('throttled', { retryAfterMs: counted.retryAt - now, reason: 'wrong codes' });
  }

  const open = counted.tried.filter(
    ({ tries, consumedAt }) => tries <= policy.codeTries && consumedAt === null,
  );
  const challenge = open.find((candidate) => challengeSecrets.matches(candidate, code));
  if (challenge === undefined) {
    const [tried] = counted.tried;
    await storage.audit.record({
      at: now,
      type: 'challenge_failed',
      door: door.contract,
      address: permit.client.address,
      detail: { purpose, open: open.length },
      ...(tried !== undefined && { accountId: tried.accountId }),
    });
    const known = tried !== undefined || (await isKnown(core, purpose, identifier));
    throw new AuthError(door.discloses && !known ? 'identifier_unknown' : 'code_invalid');
  }
  if (challenge.expiresAt <= now) throw new AuthError(door.discloses ? 'code_expired' : 'code_invalid');

  return {
    challenge,
    async spend(stores) {
      // In the order in which a guess is counted: whoever locks row by row would otherwise meet it head on.
      for (const { key } of quotas) await stores.quotas.takeBack(key);
      if (!(await stores.challenges.consume(challenge.id, core.clock.now())))
        throw new AuthError('code_invalid');
    },
  };
}

/** The target of an e-mail change is nobody's identifier until it is confirmed. */
async function isKnown(
  core: Core,
  purpose: ChallengePurpose,
  identifier: ContactIdentifier,
): Promise<boolean> {
  if (purpose === 'email_change') return false;
  return (await core.storage.accounts.findByIdentifier(identifier)) !== undefined;
}
