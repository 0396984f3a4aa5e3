import type { NewAccount } from '../../account/index.ts';
import type { Stores } from '../../storage.ts';
import type { Happening } from './take-address.ts';

/**
 * In the caller's transaction: deletes the pending sign-ups for addresses that an account is about to get, each with an
 * event of its own.
 */
export async function deletePending(
  { accounts, audit }: Stores,
  addresses: Pick<NewAccount, 'email' | 'phone'>,
  happening: Happening,
): Promise<void> {
  for (const accountId of await accounts.deletePending(addresses)) {
    await audit.record({ ...happening, accountId, type: 'account_deleted', detail: { reason: 'replaced' } });
  }
}
