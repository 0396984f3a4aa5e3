import type { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { notes } from '../help.ts';
import { readFullName, readIdentifiers } from '../identifier-options.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';
import {
  type PasswordOptions,
  passwordPolicy,
  readPassword,
  withPasswordOptions,
} from '../password-input.ts';
import { inFull, presentAccount } from '../present-account.ts';
import { withAdmin } from '../with-admin.ts';

interface CreateOptions extends PasswordOptions {
  readonly email?: string;
  readonly phone?: string;
  readonly username?: string;
  readonly fullName?: string;
  readonly superuser?: true;
  readonly staff?: true;
  readonly verified?: true;
}

export function defineUserCreate(user: Command, output: Output): void {
  const create = user
    .command('create')
    .description(
      'Create an account that may be used at once. Without a password it signs in by codes and links, which need an e-mail address or phone number.',
    )
    .option('--email <address>', 'its e-mail address')
    .option('--phone <number>', 'its phone number, with + and country code')
    .option('--username <name>', 'its username');
  withPasswordOptions(create)
    .option('--full-name <name>', 'what to call the person')
    .option('--superuser', 'may do everything')
    .option('--staff', 'belongs to the staff')
    .option('--verified', 'its addresses need no confirmation')
    .addHelpText('after', () =>
      notes({
        examples: [
          'latchkey user create --email alice@example.com --verified',
          'latchkey user create --email root@example.com --superuser --verified --password-stdin < password.txt',
        ],
        json: 'the account, as in: latchkey user show --help',
      }),
    )
    .action((options: CreateOptions) => createUser(options, output));
}

async function createUser(options: CreateOptions, output: Output): Promise<void> {
  const { email, phone, username, fullName } = options;
  if (email === undefined && phone === undefined && username === undefined) {
    throw usageError('an account needs --email, --phone or --username');
  }
  const name = readFullName(fullName);
  // Before anybody is asked for a password.
  const identifiers = readIdentifiers(options);
  const password = await readPassword(options, { output, question: 'Password (empty for none)' });
  if (password === undefined && email === undefined && phone === undefined) {
    throw usageError(
      'an account that has only a username needs a password to sign in: give --password-stdin, or --email or --phone for codes and links',
    );
  }
  await withAdmin(
    async (context) => {
      const account = await context.admin.createAccount({
        actor: operator(),
        ...identifiers,
        ...name,
        ...(password !== undefined && { password, passwordPolicy }),
        isVerified: options.verified === true,
        isSuperuser: options.superuser === true,
        isStaff: options.staff === true,
      });
      const signIn = await context.admin.readSignInState({ account });
      output.show(presentAccount(account, signIn), inFull(account, signIn));
    },
    // The first account may well come before the first start.
    { mustExist: false },
  );
}
