import { type Account, keyPrefix, kindOf, parseIdentifier, UUID } from '../account/index.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';

const NUMBER = /^#\d{1,15}$/;
/** Characters that people write in phone numbers and that the phone identifier does not contain. */
const PHONE_PUNCTUATION = /[\s().[\]/-]/g;

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
 * Searches by UUID, number, e-mail address, username or phone number (in any usual punctuation), and by the beginning of
 * an e-mail address or username.
 * @returns at most `limit`, exact matches first
 */
export async function searchAccounts(
  core: Core,
  { text, limit }: { readonly text: string; readonly limit: number },
): Promise<readonly Account[]> {
  const searched = text.trim();
  const phone = searched.replace(PHONE_PUNCTUATION, '').replace(/^00/, '+');
  // Without its punctuation a username would be another username.
  const spellings = [searched, `#${searched}`, ...(phone.startsWith('+') ? [phone] : [])];
  const exact = (await Promise.all(spellings.map((spelling) => allCalled(core, spelling)))).flat();
  const prefix = keyPrefix(searched);
  const begun = prefix === undefined ? [] : await core.storage.accounts.findByPrefix(prefix, limit);
  const found = new Map([...exact, ...begun].map((account) => [account.id, account]));
  return [...found.values()].slice(0, limit);
}

/** The account that a text names, and a pending sign-up for an address that this account holds unproved. */
async function allCalled(core: Core, text: string): Promise<readonly Account[]> {
  const { accounts } = core.storage;
  try {
    const account = await lookUpAccount(core, { text });
    const kind = kindOf(text);
    const signUp = kind === 'username' ? undefined : await accounts.findPending(parseIdentifier(kind, text));
    const pending = signUp && (await accounts.findById(signUp.accountId));
    return [account, pending].filter((found) => found !== undefined);
  } catch (error) {
    if (error instanceof AuthError && error.code === 'identifier_invalid') return [];
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

findAccount.errors = [] as const;
lookUpAccount.errors = ['identifier_invalid'] as const;
searchAccounts.errors = [] as const;
listAccounts.errors = [] as const;
