import type { Account } from '../core/account/index.ts';
import { findAccount } from './find-account.ts';
import type { Output } from './output.ts';
import { nameOf, presentAccount } from './present-account.ts';
import { type CommandContext, withAdmin } from './with-admin.ts';

interface AccountChange<T> {
  readonly change: (context: CommandContext, account: Account) => Promise<T>;
  /** The line that says what was done; gets the account as it is afterwards, and what `change` answered. */
  readonly done: (name: string, account: Account, outcome: T) => string;
}

/** Finds an account, changes it, and answers with what it is from then on. */
export async function changeAccount<T>(
  identifier: string,
  output: Output,
  { change, done }: AccountChange<T>,
): Promise<void> {
  await withAdmin(async (context) => {
    const account = await findAccount(context, identifier);
    const outcome = await change(context, account);
    const changed = (await context.admin.findAccount({ id: account.id })) ?? account;
    const document = presentAccount(changed, await context.admin.readSignInState({ account: changed }));
    output.show(document, done(nameOf(changed), changed, outcome));
  });
}
