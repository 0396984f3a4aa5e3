import type { Command } from 'commander';
import { changeAccount } from '../change-account.ts';
import { IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';

export function defineUserDisable(user: Command, output: Output): void {
  user
    .command('disable')
    .description('Block sign-in and end all sessions.')
    .argument('<identifier>', IDENTIFIER)
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey user disable mallory@example.com'],
        json: 'the account, as in: latchkey user show --help',
      }),
    )
    .action((identifier: string) =>
      changeAccount(identifier, output, {
        change: ({ admin }, account) => admin.disableAccount({ actor: operator(), account }),
        done: (name) => `${name} is disabled and signed out everywhere.`,
      }),
    );
}
