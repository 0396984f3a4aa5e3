import type { Challenge, ChallengePurpose } from './challenge.ts';

/** A challenge somebody is trying to answer. */
export interface TriedChallenge extends Challenge {
  /** Tries counted so far; after a `countTry`, that one included. */
  readonly tries: number;
  readonly consumedAt: number | null;
}

export interface ChallengeStore {
  /** Replaces the earlier challenge of the same owner key, purpose, channel and form, which is dead from here on. */
  put(challenge: Challenge): Promise<void>;
  /**
   * Counts a try on every outstanding code that this purpose has at one of the targets, and returns them: those that are
   * unspent, expire after `now` and were tried less than `limit` times. One statement, so that of parallel guesses no more
   * than `limit` get a code to compare with (SEC-020). A link is never counted: a wrong code cannot use it up.
   */
  countTry(
    purpose: ChallengePurpose,
    targets: readonly string[],
    options: { readonly now: number; readonly limit: number },
  ): Promise<TriedChallenge[]>;
  /** All that this purpose has at a target, in whatever form; spent and expired ones until they are purged. */
  findByTarget(purpose: ChallengePurpose, target: string): Promise<TriedChallenge[]>;
  /**
   * The one whose link carries the secret with this digest; counts nothing, since 256 bits are not guessed. Spent and
   * expired ones are returned too; the caller tells.
   */
  findByLink(purpose: ChallengePurpose, secretDigest: Uint8Array): Promise<TriedChallenge | undefined>;
  /**
   * Atomic: true for exactly one caller, and only while the challenge is unexpired and of its account's epoch; never for
   * a decoy. Spends the other forms of the same demand with it: of a code and a link for one purpose one is accepted.
   */
  consume(id: string, now: number): Promise<boolean>;
  /** Deletes the challenges that others have for the same purpose and form at one of the targets. */
  cancelRivals(
    challenge: Pick<Challenge, 'id' | 'purpose' | 'form'>,
    targets: readonly string[],
  ): Promise<void>;
  /** Kills whatever else the account has under way. */
  cancelOthers(accountId: string, except: string): Promise<void>;
  /** Kills all that the account has under way. */
  cancelAll(accountId: string): Promise<void>;
  /** Deletes what expired before `before`, at most `limit`; returns how many. */
  purge(before: number, limit: number): Promise<number>;
}
