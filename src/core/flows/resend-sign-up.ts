import { provedAt } from '../account/index.ts';
import type { Core } from '../core.ts';
import { type ChallengeDemand, requestChallenge, unlessProvedOtherwise } from './steps/request-challenge.ts';

/**
 * Sends a new challenge for a sign-up that is still to be confirmed; the one before is dead from here on.
 * @throws AuthError `messages_unavailable`, `throttled`; where the contract discloses `identifier_unknown`, `already_verified`
 */
export async function resendSignUp(core: Core, demand: ChallengeDemand): Promise<void> {
  await requestChallenge(core, 'sign_up', demand, (account, identifier) =>
    provedAt(account, identifier.kind) === null
      ? unlessProvedOtherwise(account, identifier)
      : { code: 'already_verified', notice: 'account_exists' },
  );
}

resendSignUp.errors = [
  'identifier_invalid',
  'messages_unavailable',
  'throttled',
  'identifier_unknown',
  'already_verified',
] as const;
