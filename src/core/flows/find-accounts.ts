import { type Account, keyPrefix, kindOf, parseIdentifier } from '../account/index.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const NUMBER = /^#\d{1,15}$/;
/** How people write phone numbers, beyond what an identifier may contain. */
const PHONE_PUNCTUATION = /[\s().[\]/-]/g;
/** No identifier is longer. */
const LONGEST_TEXT = 320;

/** Who may look is the caller's business. */
export async function findAccount(core: Core, { id }: { readonly id: string }): Promise<Account | undefined> {
  return core.storage.accounts.findById(id);
}

/**
 * The one account that a text names: a UUID, `#` and a number, or an identifier.
 * @throws AuthError `identifier_invalid`
 */
export async function lookUpAccount(
  { storage: { accounts } }: Core,
  { text }: { readonly text: string },
): Promise<Account | undefined> {
  if (UUID.test(text)) return accounts.findById(text.toLowerCase());
  if (NUMBER.test(text)) return accounts.findByNumber(Number(text.slice(1)));
  return accounts.findByIdentifier(parseIdentifier(kindOf(text), text));
}

/**
 * Accounts that a text may mean: the one with this UUID, number, e-mail address, username or phone number (in any usual
 * punctuation), and those whose e-mail address or username begins with it.
 * @returns at most `limit`, exact matches first
 */
export async function searchAccounts(
  core: Core,
  { text, limit }: { readonly text: string; readonly limit: number },
): Promise<readonly Account[]> {
  const searched = text.trim();
  if (searched.length > LONGEST_TEXT) return [];
  const spellings = [searched, `#${searched}`, searched.replace(PHONE_PUNCTUATION, '').replace(/^00/, '+')];
  const exact = await Promise.all(spellings.map((spelling) => lookUpIfPossible(core, spelling)));
  const prefix = keyPrefix(searched);
  const begun = prefix === undefined ? [] : await core.storage.accounts.findByPrefix(prefix, limit);
  const found = new Map([...exact, ...begun].flatMap((account) => (account ? [[account.id, account]] : [])));
  return [...found.values()].slice(0, limit);
}

/** A text that can be no identifier finds nothing. */
async function lookUpIfPossible(core: Core, text: string): Promise<Account | undefined> {
  try {
    return await lookUpAccount(core, { text });
  } catch (error) {
    if (error instanceof AuthError && error.code === 'identifier_invalid') return undefined;
    throw error;
  }
}

/** A page of all accounts, the newest first, and how many there are. */
export async function listAccounts(
  core: Core,
  page: { readonly skip: number; readonly limit: number },
): Promise<{ readonly accounts: readonly Account[]; readonly count: number }> {
  const [accounts, count] = await Promise.all([
    core.storage.accounts.list(page),
    core.storage.accounts.count(),
  ]);
  return { accounts, count };
}
