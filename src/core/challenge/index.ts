/**
 * Challenges: the codes and links that prove somebody reads a mailbox or a phone. Owns how they are made and
 * compared and how often they may be guessed; must not know what an answered one is good for (flows) or how it
 * travels (delivery).
 */
export type { Challenge, ChallengeForm, ChallengePurpose } from './challenge.ts';
export { ChallengeSecrets } from './challenge-secrets.ts';
export type { ChallengeStore, TriedChallenge } from './challenge-store.ts';
