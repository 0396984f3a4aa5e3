import type { Account } from '../account/index.ts';
import type { Core } from '../core.ts';

/** Who may look is the caller's business. */
export async function findAccount(core: Core, { id }: { readonly id: string }): Promise<Account | undefined> {
  return core.storage.accounts.findById(id);
}

/** A page of all accounts, the newest first, and how many there are. */
export async function listAccounts(
  core: Core,
  page: { readonly skip: number; readonly limit: number },
): Promise<{ readonly accounts: readonly Account[]; readonly count: number }> {
  const [accounts, count] = await Promise.all([
    core.storage.accounts.list(page),
    core.storage.accounts.count(),
  ]);
  return { accounts, count };
}
