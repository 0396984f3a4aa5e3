import type { Command } from 'commander';
import { accountTable } from '../account-table.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';
import { withAdmin } from '../with-admin.ts';

export function defineUserFind(user: Command, output: Output): void {
  user
    .command('find')
    .description(
      'Find accounts by the beginning of an e-mail address or username, or by phone, number or id.',
    )
    .argument('<text>', 'case does not matter; a phone number may contain spaces, dots, dashes and brackets')
    .option('--limit <number>', 'how many at most', wholeNumber(1, 1_000), 20)
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey user find alice', 'latchkey user find "+49 (170) 123-4567"'],
        json: '{ accounts: [as in latchkey user show --help] }',
      }),
    )
    .action((text: string, { limit }: { readonly limit: number }) =>
      withAdmin(async (context) => {
        const accounts = await context.admin.searchAccounts({ text, limit });
        const { documents, table } = await accountTable(context, accounts);
        const bound =
          accounts.length === limit ? `\n\nat most ${limit} are shown; raise --limit for more` : '';
        output.show({ accounts: documents }, accounts.length === 0 ? 'No accounts.' : `${table}${bound}`);
      }),
    );
}
