import type { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { findAccount, IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';
import { nameOf, presentAccount } from '../present-account.ts';
import { canAsk, confirm } from '../prompt.ts';
import { withAdmin } from '../with-admin.ts';

interface DeleteOptions {
  readonly yes?: true;
}

export function defineUserDelete(user: Command, output: Output): void {
  user
    .command('delete')
    .description('Delete an account and everything of it but its audit trail.')
    .argument('<identifier>', IDENTIFIER)
    .option('--yes', 'do not ask; needed where there is no terminal')
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey user delete "#12" --yes'],
        json: 'the account as it was, as in: latchkey user show --help',
      }),
    )
    .action((identifier: string, options: DeleteOptions) => deleteUser(identifier, options, output));
}

async function deleteUser(identifier: string, { yes }: DeleteOptions, output: Output): Promise<void> {
  if (!yes && !canAsk()) throw usageError('not a terminal: pass --yes');
  await withAdmin(async (context) => {
    const account = await findAccount(context, identifier);
    const name = nameOf(account);
    if (!yes) await confirm(`Delete ${name} (#${account.number}) for good? Type yes: `);
    const signIn = await context.admin.readSignInState({ account });
    await context.admin.deleteAccount({ actor: operator(), account });
    output.show(presentAccount(account, signIn), `${name} is deleted.`);
  });
}
