import type { Challenge, ChallengePurpose } from './challenge.ts';

/** A challenge somebody is trying to answer. */
export interface TriedChallenge extends Challenge {
  /** Tries counted so far; after a `countTry`, that one included. */
  readonly tries: number;
  readonly consumedAt: number | null;
}

export interface ChallengeStore {
  /** Takes the place of the account's earlier challenge for the purpose, which is dead from here on. */
  put(challenge: Challenge): Promise<void>;
  /**
   * Counts a try on every challenge that this purpose has at this target, and returns them: one statement, so that
   * parallel guesses see different counts (SEC-020). Spent and expired ones are returned too; the caller tells.
   */
  countTry(purpose: ChallengePurpose, target: string): Promise<TriedChallenge[]>;
  /**
   * The one whose link carries the secret with this digest; counts nothing, since 256 bits are not guessed. Spent and
   * expired ones are returned too; the caller tells.
   */
  findByLink(purpose: ChallengePurpose, secretDigest: Uint8Array): Promise<TriedChallenge | undefined>;
  /** Atomic: true for exactly one caller, and only while the challenge is unexpired and of its account's epoch. */
  consume(id: string, now: number): Promise<boolean>;
  /** Kills what other accounts have under way for the same purpose at the same target. */
  cancelRivals(challenge: Pick<Challenge, 'id' | 'purpose' | 'target'>): Promise<void>;
  /** Kills whatever else the account has under way. */
  cancelOthers(accountId: string, except: string): Promise<void>;
  /** Kills all that the account has under way. */
  cancelAll(accountId: string): Promise<void>;
  /** Deletes what expired before `before`, at most `limit`; returns how many. */
  purge(before: number, limit: number): Promise<number>;
}
