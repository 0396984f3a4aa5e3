import type { Command } from 'commander';
import { changeAccount } from '../change-account.ts';
import { usageError } from '../cli-error.ts';
import { IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';
import {
  type PasswordOptions,
  passwordPolicy,
  readPassword,
  withPasswordOptions,
} from '../password-input.ts';

export function defineUserSetPassword(user: Command, output: Output): void {
  const setPassword = user
    .command('set-password')
    .description('Give an account a new password. Every session ends, and a lockout is over.')
    .argument('<identifier>', IDENTIFIER);
  withPasswordOptions(setPassword)
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey user set-password alice@example.com --password-stdin < password.txt'],
        json: 'the account, as in: latchkey user show --help',
      }),
    )
    .action(async (identifier: string, options: PasswordOptions) => {
      const password = await readPassword(options, { output, question: 'New password' });
      if (password === undefined) throw usageError('there is no new password; use --password-stdin');
      await changeAccount(identifier, output, {
        change: ({ admin }, account) =>
          admin.setPassword({ actor: operator(), account, password, passwordPolicy }),
        done: (name) => `${name} has a new password and is signed out everywhere.`,
      });
    });
}
