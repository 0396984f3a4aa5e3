import type { Account } from '../core/account/index.ts';
import { findAccount } from './find-account.ts';
import type { Output } from './output.ts';
import { nameOf, presentAccount } from './present-account.ts';
import { type CommandContext, withAdmin } from './with-admin.ts';

interface AccountChange {
  readonly change: (context: CommandContext, account: Account) => Promise<unknown>;
  /** The line that says what was done; gets the account as it is afterwards. */
  readonly done: (name: string, account: Account) => string;
}

/** Finds an account, changes it, and answers with what it is from then on. */
export async function changeAccount(
  identifier: string,
  output: Output,
  { change, done }: AccountChange,
): Promise<void> {
  await withAdmin(async (context) => {
    const account = await findAccount(context, identifier);
    await change(context, account);
    const changed = (await context.admin.findAccount({ id: account.id })) ?? account;
    output.show(
      presentAccount(changed, await context.admin.readSignInState({ account: changed })),
      done(nameOf(changed), changed),
    );
  });
}
