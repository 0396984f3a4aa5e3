import type { Account } from '../../account/index.ts';
import { AuthError } from '../../errors.ts';
import type { Stores } from '../../storage.ts';
import type { AnsweredChallenge } from './answer-challenge.ts';

/**
 * Spends the challenge and reads whose it was, both in the caller's transaction.
 * @throws AuthError `code_invalid`
 */
export async function answeringAccount(stores: Stores, answered: AnsweredChallenge): Promise<Account> {
  await answered.spend(stores);
  const account = await stores.accounts.findById(answered.challenge.accountId);
  if (account === undefined) {
    throw new AuthError('code_invalid', { reason: 'the account is gone' }).about(
      answered.challenge.accountId,
    );
  }
  return account;
}
