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

/** A link's token alone: 256 bits name their challenge. */
export type LinkAnswer = Omit<ChallengeAnswer, 'identifier'>;

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

/** Guesses at whatever is under way for an identifier. @throws AuthError `throttled` */
async function countGuess(core: Core, purpose: ChallengePurpose, identifier: ContactIdentifier) {
  const now = core.clock.now();
  const counted = await core.storage.transaction(async (stores) => {
    for (const { key, quota } of quotaKeys(core, purpose, identifier)) {
      const outcome = await stores.quotas.count(key, quota, now);
      if (outcome.kind === 'exceeded') return outcome;
    }
    return { kind: 'counted' as const, tried: await stores.challenges.countTry(purpose, identifier.key) };
  });
  if (counted.kind === 'counted') return counted.tried;
  throw new AuthError('throttled', { retryAfterMs: counted.retryAt - now, reason: 'wrong codes' });
}

/**
 * The right token of a link, looked up without counting: it is no guess, and a stranger who uses the quotas of an
 * identifier up must not shut the owner's last way in (SEC-013).
 */
async function findLink(
  core: Core,
  purpose: ChallengePurpose,
  answer: ChallengeAnswer | LinkAnswer,
): Promise<TriedChallenge | undefined> {
  if (core.challengeSecrets.isCode(answer.code)) return undefined;
  const digest = core.challengeSecrets.linkDigest(answer.door.contract, answer.code);
  const link = await core.storage.challenges.findByLink(purpose, digest);
  const isOpen = link !== undefined && link.consumedAt === null && link.tries < core.policy.codeTries;
  // The link of one address is worth nothing at another.
  const isTheirs = !('identifier' in answer) || link?.target === answer.identifier.key;
  return isOpen && isTheirs ? link : undefined;
}

/**
 * Counts the guess, commits the count, and only then compares. Sending a new code starts new tries, but not a new
 * quota (SEC-018).
 * @throws AuthError `throttled`, `identifier_unknown`, `code_expired`, `code_invalid`
 */
export async function answerChallenge(
  core: Core,
  purpose: ChallengePurpose,
  answer: ChallengeAnswer | LinkAnswer,
): Promise<AnsweredChallenge> {
  const { door, permit, code } = answer;
  const { storage, policy, challengeSecrets } = core;
  const identifier = 'identifier' in answer ? answer.identifier : undefined;
  const now = core.clock.now();

  let challenge = await findLink(core, purpose, answer);
  const isCounted = challenge === undefined && identifier !== undefined;
  const tried = isCounted ? await countGuess(core, purpose, identifier) : [];
  const open = tried.filter(({ tries, consumedAt }) => tries <= policy.codeTries && consumedAt === null);
  challenge ??= open.find((candidate) => challengeSecrets.matches(candidate, code, door.contract));
  if (challenge === undefined) {
    const [first] = tried;
    await storage.audit.record({
      at: now,
      type: 'challenge_failed',
      door: door.contract,
      address: permit.client.address,
      detail: { purpose, open: open.length },
      ...(first !== undefined && { accountId: first.accountId }),
    });
    const known =
      first !== undefined || identifier === undefined || (await isKnown(core, purpose, identifier));
    throw new AuthError(door.discloses && !known ? 'identifier_unknown' : 'code_invalid');
  }
  if (challenge.expiresAt <= now) throw new AuthError(door.discloses ? 'code_expired' : 'code_invalid');
  const quotas = isCounted ? quotaKeys(core, purpose, identifier) : [];

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
