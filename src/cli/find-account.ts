import { printable } from '../config/printable.ts';
import type { Account } from '../core/account/index.ts';
import { notFoundError, usageError } from './cli-error.ts';
import type { CommandContext } from './with-admin.ts';

export const IDENTIFIER = 'e-mail address, phone number, username, UUID, or "#number"';

/**
 * The account that an operator means.
 * @throws CliError `usage`, `not_found`, AuthError `identifier_invalid`
 */
export async function findAccount({ admin }: CommandContext, text: string): Promise<Account> {
  if (text.trim() === '') throw usageError(`give a text: ${IDENTIFIER}`);
  const account = await admin.lookUpAccount({ text });
  if (account !== undefined) return account;
  const hint = /^\d+$/.test(text) ? `; a number is written "#${text}"` : '';
  throw notFoundError(`no account is called "${printable(text)}"${hint}`);
}
