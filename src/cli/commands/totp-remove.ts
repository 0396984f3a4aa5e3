import type { Command } from 'commander';
import { changeAccount } from '../change-account.ts';
import { refusedError } from '../cli-error.ts';
import { IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';
import { nameOf } from '../present-account.ts';

export function defineTotpRemove(totp: Command, output: Output): void {
  totp
    .command('remove')
    .description('Take the TOTP secret from an account. Every session ends.')
    .argument('<identifier>', IDENTIFIER)
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey totp remove alice@example.com'],
        json: 'the account, as in: latchkey user show --help',
      }),
    )
    .action((identifier: string) =>
      changeAccount(identifier, output, {
        async change({ admin }, account) {
          if (await admin.removeTotp({ actor: operator(), account })) return;
          throw refusedError('totp_absent', `${nameOf(account)} has no TOTP`);
        },
        done: (name) => `${name} has no TOTP any more and is signed out everywhere.`,
      }),
    );
}
