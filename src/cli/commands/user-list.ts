import { type Command, InvalidArgumentError } from 'commander';
import type { Account } from '../../core/account/index.ts';
import { inColumns, inISO } from '../columns.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { presentAccount, stateOf } from '../present-account.ts';
import { type SignInState, signInStateOf } from '../sign-in-state.ts';
import { withBase } from '../with-base.ts';

interface Page {
  readonly limit: number;
  readonly skip: number;
}

export function defineUserList(user: Command, output: Output): void {
  user
    .command('list')
    .description('List accounts, newest first.')
    .option('--limit <number>', 'how many at most', wholeNumber(1, 10_000), 50)
    .option('--skip <number>', 'how many to pass over first', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey user list --limit 20 --skip 40'],
        json: '{ accounts: [as in latchkey user show --help], total }',
      }),
    )
    .action((page: Page) =>
      withBase(async (base) => {
        const { storage } = base;
        const accounts = await storage.accounts.list({ limit: page.limit, skip: page.skip });
        const total = await storage.accounts.count();
        const listed = await Promise.all(
          accounts.map(async (account) => ({ account, signIn: await signInStateOf(base, account) })),
        );
        output.show(
          { accounts: listed.map(({ account, signIn }) => presentAccount(account, signIn)), total },
          inTable(listed, { ...page, total }),
        );
      }),
    );
}

interface Listed {
  readonly account: Account;
  readonly signIn: SignInState;
}

function inTable(accounts: readonly Listed[], { skip, total }: Page & { readonly total: number }): string {
  const rows = accounts.map(({ account, signIn }) => [
    `#${account.number}`,
    account.email ?? '-',
    account.phone ?? '-',
    account.username ?? '-',
    inISO(account.createdAt),
    stateOf(account, signIn),
  ]);
  const table = inColumns([['number', 'e-mail', 'phone', 'username', 'created', 'state'], ...rows]);
  const last = skip + accounts.length;
  const summary = accounts.length === 0 ? `none of ${total}` : `${skip + 1} to ${last} of ${total}`;
  return `${table}\n\n${summary}${last < total && accounts.length > 0 ? `; more: --skip ${last}` : ''}`;
}

function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It is not a whole number from ${min} to ${max}.`);
  };
}
