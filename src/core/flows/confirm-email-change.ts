import { parseIdentifier } from '../account/index.ts';
import { answerChallenge, type ChallengeAnswer } from '../authentication/challenge.ts';
import { assertEnabled } from '../authentication/requirements.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import { deletePending } from './steps/delete-pending.ts';
import { notifyFormerAddress } from './steps/notify-former-address.ts';
import { takeAddress } from './steps/take-address.ts';

/**
 * Moves the account that asked to the address that answered. Needs no token: the challenge knows who asked.
 * Sessions stay; every other code and link of the account dies, and the former address gets a link that undoes it.
 *
 * @throws AuthError `throttled`, `identifier_unknown` (no change is pending there), `code_invalid`, `code_expired`,
 *   `account_disabled`, `identifier_taken` (proved by another account meanwhile; only where the contract discloses)
 */
export async function confirmEmailChange(core: Core, answer: ChallengeAnswer): Promise<void> {
  const { contract, permit } = answer;
  const answered = await answerChallenge(core, 'email_change', answer);
  const address = parseIdentifier('email', answered.challenge.address);
  await core.storage.transaction(async (stores) => {
    const account = await answered.spend(stores);
    assertEnabled(account);
    const happening = { at: core.clock.now(), door: contract.name, address: permit.client.address };
    await deletePending(stores, { email: address }, happening);
    if (!(await takeAddress(core, stores, { account, address, happening }))) {
      throw new AuthError(contract.disclosesExistence ? 'identifier_taken' : 'code_invalid');
    }
    await stores.challenges.cancelOthers(account.id, answered.challenge.id);
    await stores.audit.record({ ...happening, type: 'email_changed', accountId: account.id });
    await notifyFormerAddress(core, stores, account, address.value);
  });
  core.outbox.notifyListeners();
}

confirmEmailChange.errors = [
  'throttled',
  'identifier_unknown',
  'code_invalid',
  'code_expired',
  'account_disabled',
  'identifier_taken',
] as const;
