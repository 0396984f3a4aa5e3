import type { Command } from 'commander';
import { changeAccount } from '../change-account.ts';
import { DOOR } from '../door.ts';
import { IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';

export function defineUserEnable(user: Command, output: Output): void {
  user
    .command('enable')
    .description('Let somebody in again. Sessions that ended stay ended.')
    .argument('<identifier>', IDENTIFIER)
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey user enable mallory@example.com'],
        json: 'the account, as in: latchkey user show --help',
      }),
    )
    .action((identifier: string) =>
      changeAccount(identifier, output, {
        change: ({ auth }, account) => auth.enableAccount({ door: DOOR, account }),
        done: (name) => `${name} may sign in again.`,
      }),
    );
}
