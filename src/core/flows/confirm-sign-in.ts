import { type ChallengeAnswer, verifySignInChallenge } from '../authentication/challenge.ts';
import { completeSignIn } from '../authentication/complete-sign-in.ts';
import type { Core } from '../core.ts';
import type { IssuedTokens } from '../session/index.ts';

/**
 * Signs in with a code or link, and verifies the identifier that it was sent to.
 * @throws AuthError `throttled`, `identifier_unknown`, `code_invalid`, `code_expired`, `account_unverified`
 *   (only where the contract requires TOTP), `account_disabled`
 */
export async function confirmSignIn(core: Core, answer: ChallengeAnswer): Promise<IssuedTokens> {
  const { contract, permit } = answer;
  const verified = await verifySignInChallenge(core, answer);
  return completeSignIn(core, verified, { contract, client: permit.client });
}

confirmSignIn.errors = [
  'throttled',
  'identifier_unknown',
  'code_invalid',
  'code_expired',
  'account_unverified',
  'account_disabled',
] as const;
