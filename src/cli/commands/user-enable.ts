import type { Command } from 'commander';
import type { Account } from '../../core/account/index.ts';
import { changeAccount } from '../change-account.ts';
import { IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';

export function defineUserEnable(user: Command, output: Output): void {
  user
    .command('enable')
    .description('Allow sign-in again. Sessions that ended stay ended.')
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
        change: ({ admin }, account) => admin.enableAccount({ actor: operator(), account }),
        done: enabledInWords,
      }),
    );
}

/** Enabling a pending sign-up does not confirm it. */
function enabledInWords(name: string, { activatedAt }: Account): string {
  if (activatedAt !== null) return `${name} is enabled and may sign in.`;
  return `${name} is enabled, but its sign-up is not confirmed, so it cannot sign in yet. See: latchkey user resend, latchkey user verify.`;
}
