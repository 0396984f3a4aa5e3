import type { Base } from '../base.ts';
import type { Account } from '../core/account/index.ts';
import { findAccount } from './find-account.ts';
import type { Output } from './output.ts';
import { nameOf, presentAccount } from './present-account.ts';
import { signInStateOf } from './sign-in-state.ts';
import { withBase } from './with-base.ts';

interface AccountChange<T> {
  readonly change: (base: Base, account: Account) => Promise<T>;
  /** The line that says what was done; gets the account as it is afterwards, and what `change` answered. */
  readonly done: (name: string, account: Account, outcome: T) => string;
}

/** Finds an account, changes it, and answers with what it is from then on. */
export async function changeAccount<T>(
  identifier: string,
  output: Output,
  { change, done }: AccountChange<T>,
): Promise<void> {
  await withBase(async (base) => {
    const account = await findAccount(base, identifier);
    const outcome = await change(base, account);
    const changed = (await base.storage.accounts.findById(account.id)) ?? account;
    const document = presentAccount(changed, await signInStateOf(base, changed));
    output.show(document, done(nameOf(changed), changed, outcome));
  });
}
