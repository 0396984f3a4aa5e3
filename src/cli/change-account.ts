import type { Base } from '../base.ts';
import type { Account } from '../core/account/index.ts';
import { findAccount } from './find-account.ts';
import type { Output } from './output.ts';
import { nameOf, presentAccount } from './present-account.ts';
import { withBase } from './with-base.ts';

interface AccountChange {
  readonly change: (base: Base, account: Account) => Promise<unknown>;
  /** The line that says what was done; gets the account as it is afterwards. */
  readonly done: (name: string, account: Account) => string;
}

/** Finds an account, changes it, and answers with what it is from then on. */
export async function changeAccount(
  identifier: string,
  output: Output,
  { change, done }: AccountChange,
): Promise<void> {
  await withBase(async (base) => {
    const account = await findAccount(base, identifier);
    await change(base, account);
    const changed = (await base.storage.accounts.findById(account.id)) ?? account;
    output.show(
      presentAccount(changed, await base.admin.readSignInState({ account: changed })),
      done(nameOf(changed), changed),
    );
  });
}
