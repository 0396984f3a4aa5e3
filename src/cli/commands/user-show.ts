import type { Command } from 'commander';
import { findAccount, IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { accountFields, inFull, presentAccount } from '../present-account.ts';
import { withAdmin } from '../with-admin.ts';

export function defineUserShow(user: Command, output: Output): void {
  user
    .command('show')
    .description('Show one account.')
    .argument('<identifier>', IDENTIFIER)
    .addHelpText('after', notes({ examples: ['latchkey user show alice@example.com'], json: accountFields }))
    .action((identifier: string) =>
      withAdmin(async (context) => {
        const account = await findAccount(context, identifier);
        const signIn = await context.admin.readSignInState({ account });
        output.show(presentAccount(account, signIn), inFull(account, signIn));
      }),
    );
}
