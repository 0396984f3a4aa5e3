import type { Account } from '../core/account/index.ts';
import type { SignInState } from '../core/admin.ts';
import { inColumns, inISO } from './columns.ts';
import { presentAccount, stateOf } from './present-account.ts';
import type { CommandContext } from './with-admin.ts';

/** Presents accounts as JSON documents and as a table with one line for each. */
export async function accountTable(context: CommandContext, accounts: readonly Account[]) {
  const listed: { readonly account: Account; readonly signIn: SignInState }[] = [];
  // One after the other, so that a long list leaves the database to the server.
  for (const account of accounts)
    listed.push({ account, signIn: await context.admin.readSignInState({ account }) });
  const rows = listed.map(({ account, signIn }) => [
    `#${account.number}`,
    account.email ?? '-',
    account.phone ?? '-',
    account.username ?? '-',
    inISO(account.createdAt),
    stateOf(account, signIn),
  ]);
  return {
    documents: listed.map(({ account, signIn }) => presentAccount(account, signIn)),
    table: inColumns([['number', 'e-mail', 'phone', 'username', 'created', 'state'], ...rows]),
  };
}
