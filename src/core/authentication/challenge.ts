import type { Account, ContactIdentifier } from '../account/index.ts';
import type { ChallengePurpose, TriedChallenge } from '../challenge/index.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import { countersOf, countInAll } from '../flows/steps/counters.ts';
import { proveIdentifier } from '../flows/steps/prove-identifier.ts';
import type { Stores } from '../storage.ts';
import type { AddressPermit, Client, Permit } from '../throttle/index.ts';
import type { VerifiedFactor } from './authentication.ts';
import { methodsOf } from './methods.ts';

export interface ChallengeAnswer {
  readonly contract: ContractPolicy;
  readonly permit: Permit<'confirm'>;
  /** The identifier that the secret was sent to. */
  readonly identifier: ContactIdentifier;
  /** Six digits, or a link's token. */
  readonly code: string;
}

/** A link's token alone: 256 bits name their challenge. */
export type LinkAnswer = Omit<ChallengeAnswer, 'identifier' | 'permit'> & {
  readonly permit: AddressPermit<'confirm'>;
};

/** A challenge with a right answer, which counts for nothing until it is spent. */
export interface AnsweredChallenge {
  readonly challenge: TriedChallenge & { readonly accountId: string };
  /**
   * Called first in the caller's transaction. One caller spends a challenge.
   * @returns whose it is
   * @throws AuthError `code_invalid` when another request was faster, or the account is gone; rolls the transaction back
   */
  spend(stores: Stores): Promise<Account>;
}

/** One client network may use up half of the wrong codes of an identifier, so that another one has some left. */
const NETWORK_PARTS = 2;

const wrongCodeCounters = (core: Core, identifier: ContactIdentifier, client: Client) =>
  countersOf(
    core,
    { name: 'codes', windows: core.policy.wrongCodes, parts: NETWORK_PARTS },
    { identifier, client },
  );

/** Where a challenge for the identifier, or its decoy, is found. */
export const targetsOf = (core: Core, { key }: ContactIdentifier): readonly string[] => [
  key,
  core.nameOf(key),
];

/**
 * Counts a guess and returns the codes that it may be compared with. Only while a code or its decoy is outstanding there
 * is something to guess: without one nothing is counted or written, and no stranger uses up what the owner will need
 * (SEC-013). The count of the code's tries and all counters are committed together or not at all.
 * @throws AuthError `throttled`
 */
async function countGuess(
  core: Core,
  purpose: ChallengePurpose,
  { identifier, permit }: ChallengeAnswer,
): Promise<TriedChallenge[]> {
  const now = core.clock.now();
  return core.storage.transaction(async (stores) => {
    const outstanding = { now, limit: core.policy.codeTries };
    const tried = await stores.challenges.countTry(purpose, targetsOf(core, identifier), outstanding);
    if (tried.length > 0) {
      await countInAll(core, stores, wrongCodeCounters(core, identifier, permit.client), 'wrong codes');
    }
    return tried;
  });
}

/**
 * The right token of a link, looked up without counting: 256 bits are not guessed, and a stranger who uses the quotas of
 * an identifier up must not shut the owner's last way in (SEC-013).
 */
async function findLink(
  core: Core,
  purpose: ChallengePurpose,
  answer: ChallengeAnswer | LinkAnswer,
): Promise<TriedChallenge | undefined> {
  const digest = core.challengeSecrets.linkDigest(answer.contract.name, answer.code);
  const link = await core.storage.challenges.findByLink(purpose, digest);
  // The link of one address is worth nothing at another.
  const isTheirs = !('identifier' in answer) || link?.target === answer.identifier.key;
  const isOpen = link !== undefined && link.consumedAt === null && link.expiresAt > core.clock.now();
  return isOpen && isTheirs ? link : undefined;
}

/**
 * Counts the guess, commits the count, and only then compares. Sending a new code starts new tries, but not a new
 * quota (SEC-018). The statements are the same for a code and for a decoy (SEC-006).
 * @throws AuthError `throttled`, `identifier_unknown`, `code_expired`, `code_invalid`
 */
export async function answerChallenge(
  core: Core,
  purpose: ChallengePurpose,
  answer: ChallengeAnswer | LinkAnswer,
): Promise<AnsweredChallenge> {
  const { contract, permit, code } = answer;
  const { challengeSecrets } = core;
  const isCode = challengeSecrets.isCode(code);
  const guess = isCode && 'identifier' in answer ? answer : undefined;
  const tried = guess === undefined ? [] : await countGuess(core, purpose, guess);
  const challenge = isCode
    ? tried.find((candidate) => challengeSecrets.matches(candidate, code, contract.name))
    : await findLink(core, purpose, answer);
  // By chance a guess can match the digest of a decoy.
  if (challenge === undefined || challenge.accountId === null) {
    const accountId = tried.find((candidate) => candidate.accountId !== null)?.accountId;
    await core.storage.audit.record({
      at: core.clock.now(),
      type: 'challenge_failed',
      door: contract.name,
      address: permit.client.address,
      detail: { purpose, open: tried.length },
      ...(accountId != null && { accountId }),
    });
    const refusal =
      'identifier' in answer ? await refusalOf(core, purpose, answer) : new AuthError('code_invalid');
    throw refusal.about(accountId ?? undefined);
  }
  const { accountId } = challenge;
  const counters = guess === undefined ? [] : wrongCodeCounters(core, guess.identifier, guess.permit.client);

  return {
    challenge: { ...challenge, accountId },
    async spend(stores) {
      if (!(await stores.challenges.consume(challenge.id, core.clock.now())))
        throw new AuthError('code_invalid').about(accountId);
      // After the challenge, as a guess is counted: rows that are locked in another order are a deadlock.
      for (const { key } of counters) await stores.quotas.takeBack(key);
      const account = await stores.accounts.findById(accountId);
      if (account === undefined)
        throw new AuthError('code_invalid', { reason: 'the account is gone' }).about(accountId);
      return account;
    },
  };
}

/**
 * Verifies a one-time code or link to sign in with. Using it proves the address that it was sent to.
 * @throws AuthError `throttled`, `identifier_unknown`, `code_expired`, `code_invalid`
 */
export async function verifySignInChallenge(core: Core, answer: ChallengeAnswer): Promise<VerifiedFactor> {
  const answered = await answerChallenge(core, 'sign_in', answer);
  const { channel } = answered.challenge;
  return {
    invalid: 'code_invalid',
    async authenticate(stores) {
      const spender = await answered.spend(stores);
      const account = await proveIdentifier(core, stores, {
        account: spender,
        channel,
        door: answer.contract.name,
      });
      return { account, methods: methodsOf(channel), at: core.clock.now() };
    },
  };
}

/** Looks at more than what decides only where the contract discloses it. */
async function refusalOf(
  core: Core,
  purpose: ChallengePurpose,
  { contract, identifier, code }: ChallengeAnswer,
): Promise<AuthError> {
  if (!contract.disclosesExistence) return new AuthError('code_invalid');
  const { challengeSecrets, clock, policy, storage } = core;
  const former = await storage.challenges.findByTarget(purpose, identifier.key);
  const late = former.find(
    (challenge) =>
      challenge.expiresAt <= clock.now() &&
      challenge.consumedAt === null &&
      challenge.tries < policy.codeTries &&
      challengeSecrets.matches(challenge, code, contract.name),
  );
  if (late !== undefined) return new AuthError('code_expired').about(late.accountId ?? undefined);
  // The target of an e-mail change is nobody's identifier until it is confirmed.
  const isKnown =
    purpose === 'email_change'
      ? former.length > 0
      : (await storage.accounts.findByIdentifier(identifier)) !== undefined;
  return new AuthError(isKnown ? 'code_invalid' : 'identifier_unknown');
}
