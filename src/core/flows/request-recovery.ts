import type { Core } from '../core.ts';
import { type ChallengeDemand, requestChallenge, unlessProvedOtherwise } from './steps/request-challenge.ts';

/**
 * A forgotten password: sends the challenge that allows a new one. Never locks anything (SEC-013).
 * @throws AuthError `messages_unavailable`, `throttled`; where the contract discloses `identifier_unknown`
 */
export async function requestRecovery(core: Core, demand: ChallengeDemand): Promise<void> {
  await requestChallenge(core, 'password_recovery', demand, unlessProvedOtherwise);
}

requestRecovery.errors = [
  'identifier_invalid',
  'messages_unavailable',
  'throttled',
  'identifier_unknown',
] as const;
