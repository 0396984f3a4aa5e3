import type { Command } from 'commander';
import { changeAccount } from '../change-account.ts';
import { usageError } from '../cli-error.ts';
import { IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import { readFullName, readIdentifiers } from '../identifier-options.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';
import { passwordPolicy } from '../password-input.ts';

interface UpdateOptions {
  readonly email?: string;
  readonly phone?: string;
  readonly username?: string;
  readonly fullName?: string;
  readonly superuser?: boolean;
  readonly staff?: boolean;
}

export function defineUserUpdate(user: Command, output: Output): void {
  const update = user
    .command('update')
    .description(
      'Change the name, identifiers and rights of an account. A new address is not verified and invalidates pending codes and links.',
    )
    .argument('<identifier>', IDENTIFIER)
    .option(
      '--email <address>',
      'new e-mail address; the former one gets a notice if it was verified. For a pending sign-up run latchkey user resend afterwards',
    )
    .option('--phone <number>', 'new phone number, with + and country code')
    .option('--username <name>', 'new username')
    .option('--full-name <name>', 'what to call the person')
    .option('--superuser', 'grant every right')
    .option('--no-superuser', 'withdraw it')
    .option('--staff', 'mark as staff')
    .option('--no-staff', 'unmark')
    .addHelpText(
      'after',
      notes({
        examples: [
          'latchkey user update alice@example.com --username alice --superuser',
          'latchkey user update "#12" --email alice@new.example.com',
        ],
        json: 'the account, as in: latchkey user show --help',
      }),
    )
    .action((identifier: string, options: UpdateOptions) => {
      const changes = readChanges(options);
      if (Object.keys(changes).length === 0) throw usageError('nothing to change; see --help');
      return changeAccount(identifier, output, {
        change: ({ admin }, { id: accountId }) =>
          admin.updateAccount({ actor: operator(), accountId, changes, passwordPolicy }),
        done: (name) => `${name} is updated.`,
      });
    });
  for (const right of ['superuser', 'staff']) refuseBoth(update, right);
}

/** Commander takes the later of `--x` and `--no-x`, also where the operator meant the other one. */
function refuseBoth(command: Command, name: string): void {
  const given = new Set<string>();
  for (const option of [name, `no-${name}`]) {
    command.on(`option:${option}`, () => {
      given.add(option);
      if (given.size > 1) throw usageError(`option '--${name}' cannot be used with option '--no-${name}'`);
    });
  }
}

function readChanges({ superuser, staff, fullName, ...identifiers }: UpdateOptions) {
  return {
    ...readIdentifiers(identifiers),
    ...readFullName(fullName),
    ...(superuser !== undefined && { isSuperuser: superuser }),
    ...(staff !== undefined && { isStaff: staff }),
  };
}
