import { domainToASCII } from 'node:url';
import { AuthError } from '../errors.ts';
import { readPhoneNumber } from './phone-number.ts';

export type IdentifierKind = 'email' | 'phone' | 'username';

/** What finds an account: `value` as it is stored and written to, `key` as it is looked up. */
export interface Identifier {
  readonly kind: IdentifierKind;
  readonly value: string;
  readonly key: string;
}

/** The id of an account, in upper or lower case. */
export const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** An identifier that a message can be sent to. */
export type ContactIdentifier = Identifier & { readonly kind: 'email' | 'phone' };

/** UTF-16 code units of a text that may name an account, counted before anything else is done with it. */
export const IDENTIFIER_MAX_LENGTH = 320;
const EMAIL_MAX_LENGTH = 254;
const LOCAL_PART_MAX_LENGTH = 64;
const USERNAME_MAX_LENGTH = 64;
// RFC 5321 dot-atom, with letters of any script (RFC 6531). No quoted strings, comments, groups or domain literals:
// they are what recipient injection is made of (SEC-072).
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
/** Of any script. `domainToASCII` is a URL parser: it would stop at `/`, drop line breaks and decode `%` (SEC-072). */
const DOMAIN_TEXT = /^[\p{L}\p{M}\p{N}.。-]{1,253}$/u;
/** RFC 2047: some mail software decodes it, and then writes to another address than the one that was checked. */
const ENCODED_WORD = '=?';
const DOMAIN =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;
// No separators, controls or invisible format characters: two usernames that look alike should not differ by one.
const USERNAME = /^[^\s\p{C}\p{Z}@+][^\s\p{C}\p{Z}@]*$/u;

/** Marks and letters among them that nobody sees: two identifiers that look alike should not differ by one (SEC-084). */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/** White space and invisible format characters at an end: they come with what is copied from a page or a messenger. */
const EDGES =
  /^[\s[\p{Cf}&&\p{Default_Ignorable_Code_Point}]]+|[\s[\p{Cf}&&\p{Default_Ignorable_Code_Point}]]+$/gv;

const fits = (text: string): boolean => text.length <= IDENTIFIER_MAX_LENGTH;

/**
 * NFKC, without white space and invisible format characters at both ends, before anything is validated (SEC-084).
 * Undefined for a text that is too long or not well formed.
 */
function canonicalText(text: string): string | undefined {
  // Before: sorting combining marks takes time that grows with their square. After: NFKC writes one character as up to 18.
  if (!fits(text) || !text.isWellFormed()) return undefined;
  const normalized = text.normalize('NFKC');
  return fits(normalized) ? normalized.replace(EDGES, '') : undefined;
}

/** One form for what differs in case alone. Lower case can undo a composition (J̌), and writes sigma in two ways. */
function fold(text: string): string {
  return text.toLowerCase().normalize('NFKC').replaceAll('ς', 'σ');
}

function readEmail(text: string): ContactIdentifier | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const domainText = text.slice(at + 1);
  if (INVISIBLE.test(text) || !DOMAIN_TEXT.test(domainText) || local.includes(ENCODED_WORD)) return undefined;
  const domain = domainToASCII(domainText).toLowerCase();
  const value = `${local}@${domain}`;
  const isInBounds = at > 0 && local.length <= LOCAL_PART_MAX_LENGTH && value.length <= EMAIL_MAX_LENGTH;
  if (!isInBounds || !LOCAL_PART.test(local) || !DOMAIN.test(domain)) return undefined;
  return { kind: 'email', value, key: fold(value) };
}

function readPhone(text: string): ContactIdentifier | undefined {
  const number = readPhoneNumber(text);
  return number === undefined ? undefined : { kind: 'phone', value: number, key: number };
}

function readUsername(text: string): Identifier | undefined {
  if (INVISIBLE.test(text) || [...text].length > USERNAME_MAX_LENGTH || !USERNAME.test(text))
    return undefined;
  return { kind: 'username', value: text, key: fold(text) };
}

const readers = { email: readEmail, phone: readPhone, username: readUsername };

/** @throws AuthError `identifier_invalid` with the kind that was asked for. */
export function parseIdentifier<K extends IdentifierKind>(kind: K, text: string): Identifier & { kind: K } {
  const canonical = canonicalText(text);
  const identifier = canonical === undefined ? undefined : readers[kind](canonical);
  if (identifier === undefined) throw new AuthError('identifier_invalid', { kind });
  return identifier as Identifier & { kind: K };
}

/**
 * Which kind a text can be. The three never overlap (SEC-085): an e-mail has an `@`, a phone number has none and a
 * leading `+`, a username neither.
 */
export function kindOf(text: string): IdentifierKind {
  const canonical = canonicalText(text) ?? text;
  if (canonical.includes('@')) return 'email';
  return canonical.startsWith('+') ? 'phone' : 'username';
}

/** An e-mail address or a phone number. @throws AuthError `identifier_invalid` */
export function parseContact(text: string): ContactIdentifier {
  return kindOf(text) === 'phone' ? parseIdentifier('phone', text) : parseIdentifier('email', text);
}

/** Whatever a login field may hold. @throws AuthError `identifier_invalid` */
export function parseLogin(text: string): Identifier {
  const kind = kindOf(text);
  // An empty or impossible username is more likely a mistyped address than a username.
  if (kind === 'username' && readUsername(canonicalText(text) ?? '') === undefined) {
    throw new AuthError('identifier_invalid', { kind: 'email' });
  }
  return parseIdentifier(kind, text);
}

/**
 * The text in the form of an e-mail key or username key, for a search by the beginning of a key. Undefined when no key can
 * begin with it.
 */
export function keyPrefix(text: string): string | undefined {
  const canonical = canonicalText(text);
  // No key holds a control character, and a database may be unable to compare with one.
  if (canonical === undefined || canonical === '' || /\p{Cc}/u.test(canonical)) return undefined;
  return fold(canonical);
}
