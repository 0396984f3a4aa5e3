import type { Core } from '../core.ts';
import { type ChallengeDemand, requestChallenge, unlessProvedOtherwise } from './steps/request-challenge.ts';

/**
 * Signing in without a password: sends a challenge to an identifier of the account.
 * @throws AuthError `messages_unavailable`, `throttled`; where the contract discloses `identifier_unknown`
 */
export async function requestSignIn(core: Core, demand: ChallengeDemand): Promise<void> {
  await requestChallenge(core, 'sign_in', demand, unlessProvedOtherwise);
}

requestSignIn.errors = [
  'identifier_invalid',
  'messages_unavailable',
  'throttled',
  'identifier_unknown',
] as const;
