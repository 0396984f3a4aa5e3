import type { Command } from 'commander';
import { changeAccount } from '../change-account.ts';
import { refusedError } from '../cli-error.ts';
import { IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';
import { nameOf } from '../present-account.ts';

interface VerifyOptions {
  readonly phone?: true;
}

export function defineUserVerify(user: Command, output: Output): void {
  user
    .command('verify')
    .description(
      'Mark the e-mail address of an account as verified. A pending sign-up becomes active; it keeps its password, unless another sign-up competed for the address.',
    )
    .argument('<identifier>', IDENTIFIER)
    .option('--phone', 'the phone number instead of the e-mail address')
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey user verify alice@example.com'],
        json: 'the account, as in: latchkey user show --help',
      }),
    )
    .action((identifier: string, { phone }: VerifyOptions) => {
      const [kind, words] = phone
        ? (['phone', 'phone number'] as const)
        : (['email', 'e-mail address'] as const);
      return changeAccount(identifier, output, {
        async change({ auth }, account) {
          const outcome = await auth.verifyIdentifier({ actor: operator(), account, kind });
          if (outcome !== 'absent') return;
          throw refusedError('identifier_absent', `${nameOf(account)} has no ${words}`);
        },
        done: (name) => `The ${words} of ${name} is verified.`,
      });
    });
}
