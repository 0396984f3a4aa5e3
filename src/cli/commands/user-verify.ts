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
  readonly keepPassword?: boolean;
}

export function defineUserVerify(user: Command, output: Output): void {
  user
    .command('verify')
    .description(
      'Mark the e-mail address of an account as verified. A pending sign-up becomes active; it keeps its password, unless another sign-up competed for the address. An active account without any verified address loses its password and its sessions, which may be those of another person.',
    )
    .argument('<identifier>', IDENTIFIER)
    .option('--phone', 'the phone number instead of the e-mail address')
    .option('--keep-password', 'the owner of the address is known to have set the password')
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey user verify alice@example.com'],
        json: 'the account, as in: latchkey user show --help',
      }),
    )
    .action((identifier: string, { phone, keepPassword = false }: VerifyOptions) => {
      const [kind, words] = phone
        ? (['phone', 'phone number'] as const)
        : (['email', 'e-mail address'] as const);
      return changeAccount(identifier, output, {
        async change({ admin }, account) {
          const verification = { actor: operator(), account, kind, keepsPassword: keepPassword };
          const outcome = await admin.verifyIdentifier(verification);
          if (outcome === 'absent') {
            throw refusedError('identifier_absent', `${nameOf(account)} has no ${words}`);
          }
          if (outcome === 'contested') {
            throw refusedError(
              'identifier_contested',
              `a sign-up waits for this ${words}; see: latchkey user find. Send its message again with latchkey user resend, or delete it`,
            );
          }
        },
        done: (name) => `The ${words} of ${name} is verified.`,
      });
    });
}
