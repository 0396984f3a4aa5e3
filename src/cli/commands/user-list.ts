import type { Command } from 'commander';
import { accountTable } from '../account-table.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';
import { withAdmin } from '../with-admin.ts';

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
    .action(({ limit, skip }: Page) =>
      withAdmin(async (context) => {
        const { accounts, count: total } = await context.admin.listAccounts({ limit, skip });
        const { documents, table } = await accountTable(context, accounts);
        const last = skip + accounts.length;
        const summary = accounts.length === 0 ? `none of ${total}` : `${skip + 1} to ${last} of ${total}`;
        const more = last < total && accounts.length > 0 ? `; more: --skip ${last}` : '';
        output.show({ accounts: documents, total }, `${table}\n\n${summary}${more}`);
      }),
    );
}
