import type { Command } from 'commander';
import { accountTable } from '../account-table.ts';
import { usageError } from '../cli-error.ts';
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
    .argument(
      '<text>',
      'case does not matter; a phone number starts with + or 00 and its country code, and may contain spaces, dots, dashes and brackets; full names are not searched',
    )
    .option('--limit <number>', 'how many at most', wholeNumber(1, 1_000), 20)
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey user find alice', 'latchkey user find "+49 (170) 123-4567"'],
        json: '{ accounts: [as in latchkey user show --help], more: whether there are more than --limit }',
      }),
    )
    .action((text: string, { limit }: { readonly limit: number }) => {
      if (/^\s*#?\s*$/.test(text))
        throw usageError(
          'give a text: the beginning of an e-mail address or username, or a phone number, number or id',
        );
      return withAdmin(async (context) => {
        const found = await context.admin.searchAccounts({ text, limit: limit + 1 });
        const more = found.length > limit;
        const { documents, table } = await accountTable(context, found.slice(0, limit));
        const bound = more ? `\n\nat most ${limit} are shown; raise --limit for more` : '';
        const shown = found.length === 0 ? 'No accounts.' : `${table}${bound}`;
        output.show({ accounts: documents, more }, shown);
      });
    });
}
