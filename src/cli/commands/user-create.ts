import type { Command } from 'commander';
import { parseIdentifier } from '../../core/account/index.ts';
import { usageError } from '../cli-error.ts';
import { DOOR } from '../door.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import {
  type PasswordOptions,
  passwordPolicy,
  readPassword,
  withPasswordOptions,
} from '../password-input.ts';
import { inFull, presentAccount } from '../present-account.ts';
import { withBase } from '../with-base.ts';

const NAME = /^[^\p{Cc}]{1,200}$/u;

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
      'Create an account that may be used at once. Without a password it signs in by codes and links.',
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
  if (fullName !== undefined && !NAME.test(fullName)) {
    throw usageError('--full-name is one line of at most 200 characters');
  }
  // Before anybody is asked for a password.
  const identifiers = {
    ...(email !== undefined && { email: parseIdentifier('email', email) }),
    ...(phone !== undefined && { phone: parseIdentifier('phone', phone) }),
    ...(username !== undefined && { username: parseIdentifier('username', username) }),
  };
  const password = await readPassword(options, { output, question: 'Password (empty for none)' });
  const account = await withBase(({ auth }) =>
    auth.createAccount({
      door: DOOR,
      ...identifiers,
      ...(fullName !== undefined && { fullName }),
      ...(password !== undefined && { password, passwordPolicy }),
      isVerified: options.verified === true,
      isSuperuser: options.superuser === true,
      isStaff: options.staff === true,
    }),
  );
  output.show(
    presentAccount(account),
    inFull(account, [['password', password === undefined ? 'none' : 'set']]),
  );
}
