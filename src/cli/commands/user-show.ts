import type { Command } from 'commander';
import { findAccount, IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { accountFields, inFull, presentAccount } from '../present-account.ts';
import { withBase } from '../with-base.ts';

export function defineUserShow(user: Command, output: Output): void {
  user
    .command('show')
    .description('Show one account.')
    .argument('<identifier>', IDENTIFIER)
    .addHelpText('after', notes({ examples: ['latchkey user show alice@example.com'], json: accountFields }))
    .action((identifier: string) =>
      withBase(async (base) => {
        const account = await findAccount(base, identifier);
        const signIn = await base.admin.readSignInState({ account });
        output.show(presentAccount(account, signIn), inFull(account, signIn));
      }),
    );
}
