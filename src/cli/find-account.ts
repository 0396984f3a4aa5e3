import type { Base } from '../base.ts';
import { printable } from '../config/printable.ts';
import { type Account, kindOf, parseIdentifier } from '../core/account/index.ts';
import { notFoundError } from './cli-error.ts';

export const IDENTIFIER = 'e-mail address, phone number, username, UUID, or "#number"';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const NUMBER = /^#\d{1,15}$/;

/**
 * The account that an operator means.
 * @throws CliError `not_found`, AuthError `identifier_invalid`
 */
export async function findAccount({ storage }: Base, text: string): Promise<Account> {
  const account = await lookUp(storage, text);
  if (account === undefined) throw notFoundError(`no account has ${printable(text)}`);
  return account;
}

async function lookUp({ accounts }: Base['storage'], text: string): Promise<Account | undefined> {
  if (UUID.test(text)) return accounts.findById(text.toLowerCase());
  if (NUMBER.test(text)) return accounts.findByNumber(Number(text.slice(1)));
  return accounts.findByIdentifier(parseIdentifier(kindOf(text), text));
}
