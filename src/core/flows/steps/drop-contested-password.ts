import type { Stores } from '../../storage.ts';
import type { Happening } from './take-address.ts';

/**
 * In a transaction that goes on to make a pending sign-up an active account: removes the password of one that another
 * sign-up competed with, since it may be another person's (decision 20).
 */
export async function dropContestedPassword(
  stores: Stores,
  accountId: string,
  happening: Happening,
): Promise<void> {
  if (!(await stores.accounts.isContested(accountId))) return;
  if (!(await stores.passwords.remove(accountId))) return;
  const detail = { reason: 'contested' };
  await stores.audit.record({ ...happening, accountId, type: 'password_dropped', detail });
}
