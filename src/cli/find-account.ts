import { printable } from '../config/printable.ts';
import type { Account } from '../core/account/index.ts';
import { notFoundError } from './cli-error.ts';
import type { CommandContext } from './with-admin.ts';

export const IDENTIFIER = 'e-mail address, phone number, username, UUID, or "#number"';

/**
 * The account that an operator means.
 * @throws CliError `not_found`, AuthError `identifier_invalid`
 */
export async function findAccount({ admin }: CommandContext, text: string): Promise<Account> {
  const account = await admin.lookUpAccount({ text });
  if (account === undefined) throw notFoundError(`no account has ${printable(text)}`);
  return account;
}
